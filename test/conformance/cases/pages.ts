import type { AssetType } from '../../../src/api/cognito-idp.ts';
import { addClient, makeHome } from '../../sign-in.ts';
import { fill } from '../fill.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';

/** What goes over the wire: images as base 64. */
const wired = (bytes: string | Uint8Array) => Buffer.from(bytes).toString('base64') as unknown as Uint8Array;

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(100, 7)]);

const Assets: readonly AssetType[] = [
  { Category: 'FAVICON_SVG', ColorMode: 'DYNAMIC', Extension: 'SVG', Bytes: wired('<svg/>') },
  { Category: 'FORM_LOGO', ColorMode: 'LIGHT', Extension: 'PNG', ResourceId: 'logo' },
];
const Settings = {
  components: { primaryButton: { lightMode: { defaults: { backgroundColor: '112233ff' } } } },
};

/** A client of the home that has no style and no terms yet. */
async function client({ call, home }: Scene, UserPoolId = home.poolId) {
  return { UserPoolId, ClientId: (await addClient(call, UserPoolId)).clientId };
}

async function style(scene: Scene) {
  const ids = await client(scene);
  const made = await scene.call('CreateManagedLoginBranding', { ...ids, Settings, Assets });
  return { ...ids, ManagedLoginBrandingId: made.ManagedLoginBranding?.ManagedLoginBrandingId ?? '' };
}

const ofStyle = async (scene: Scene) => {
  const { ClientId: _, ...ids } = await style(scene);
  return ids;
};
const noStyle = 'ManagedLoginBranding does not exist.';
const unknownId = 'e3b0c442-98fc-4c14-9afb-f4c8996fb924';
const styleNowhere = ({ home }: Scene) => ({
  UserPoolId: home.poolId,
  ManagedLoginBrandingId: unknownId,
});

const link = {
  TermsName: 'terms-of-use',
  TermsSource: 'LINK',
  Enforcement: 'NONE',
  Links: { 'cognito:default': 'https://example.com/terms' },
} as const;

async function terms(scene: Scene) {
  const { UserPoolId, ClientId } = await client(scene);
  const { Terms } = await scene.call('CreateTerms', { UserPoolId, ClientId, ...link });
  return { UserPoolId, ClientId, TermsId: Terms?.TermsId ?? '' };
}

const ofTerms = async (scene: Scene) => {
  const { ClientId: _, ...ids } = await terms(scene);
  return ids;
};
const noTerms = `Terms ${unknownId} do not exist.`;
const termsNowhere = ({ home }: Scene) => ({ UserPoolId: home.poolId, TermsId: unknownId });
const termsExist = /^Terms [\w-]+ already exist for client \w+\.$/;

const look = { CSS: '.banner-customizable { background-color: #0972d3; }', ImageFile: wired(png) };

/** A pool with a domain, as the classic pages need one. */
async function withDomain({ call, fresh }: Scene) {
  const { poolId: UserPoolId, clientId: ClientId } = await makeHome(call);
  await call('CreateUserPoolDomain', { UserPoolId, Domain: fresh() });
  return { UserPoolId, ClientId };
}

export const pages: Table = {
  CreateManagedLoginBranding: {
    answers: [async (scene) => ({ ...(await client(scene)), Settings, Assets })],
    refusals: {
      LimitExceededException: [
        /^Managed login branding styles cannot exceed limit of \d+ in a user pool\.$/,
        async (scene) => {
          const { poolId } = await makeHome(scene.call);
          const next = async () => ({ ...(await client(scene, poolId)), Settings });
          await fill(async () => scene.call('CreateManagedLoginBranding', await next()));
          return next();
        },
      ],
      ManagedLoginBrandingExistsException: [
        /^A ManagedLoginBranding already exists for client \w+$/,
        async (scene) => {
          const { UserPoolId, ClientId } = await style(scene);
          return { UserPoolId, ClientId, UseCognitoProvidedValues: true };
        },
      ],
    },
  },
  DescribeManagedLoginBranding: {
    answers: [ofStyle],
    refusals: { ResourceNotFoundException: [noStyle, styleNowhere] },
  },
  DescribeManagedLoginBrandingByClient: {
    answers: [
      async (scene) => {
        const { ManagedLoginBrandingId: _, ...ids } = await style(scene);
        return ids;
      },
    ],
    refusals: {
      ResourceNotFoundException: [/^ManagedLoginBranding for client \w+ does not exist\.$/, (s) => client(s)],
    },
  },
  UpdateManagedLoginBranding: {
    answers: [async (scene) => ({ ...(await ofStyle(scene)), Settings, Assets })],
    refusals: {
      ResourceNotFoundException: [noStyle, (scene) => ({ ...styleNowhere(scene), Settings })],
    },
  },
  DeleteManagedLoginBranding: {
    answers: [ofStyle],
    refusals: { ResourceNotFoundException: [noStyle, styleNowhere] },
  },
  CreateTerms: {
    answers: [async (scene) => ({ ...(await client(scene)), ...link })],
    refusals: {
      LimitExceededException: [
        /^Terms cannot exceed limit of \d+ in a user pool\.$/,
        async (scene) => {
          const { poolId } = await makeHome(scene.call);
          const next = async () => ({ ...(await client(scene, poolId)), ...link });
          await fill(async () => scene.call('CreateTerms', await next()));
          return next();
        },
      ],
      TermsExistsException: [
        termsExist,
        async (scene) => {
          const { TermsId: _, ...ids } = await terms(scene);
          return { ...ids, ...link };
        },
      ],
    },
  },
  DescribeTerms: {
    answers: [ofTerms],
    refusals: { ResourceNotFoundException: [noTerms, termsNowhere] },
  },
  DescribeTermsByClient: {
    answers: [
      async (scene) => {
        const { TermsId: _, ...ids } = await terms(scene);
        return { ...ids, TermsName: link.TermsName };
      },
    ],
    refusals: {
      ResourceNotFoundException: [
        'Terms terms-of-use do not exist.',
        async (scene) => ({ ...(await client(scene)), TermsName: link.TermsName }),
      ],
    },
  },
  UpdateTerms: {
    answers: [ofTerms],
    refusals: {
      ResourceNotFoundException: [noTerms, termsNowhere],
      TermsExistsException: [
        termsExist,
        async (scene) => {
          const { TermsId, UserPoolId, ClientId } = await terms(scene);
          const TermsName = 'privacy-policy';
          await scene.call('CreateTerms', { UserPoolId, ClientId, ...link, TermsName });
          return { UserPoolId, TermsId, TermsName };
        },
      ],
    },
  },
  DeleteTerms: {
    answers: [ofTerms],
    refusals: { ResourceNotFoundException: [noTerms, termsNowhere] },
  },
  ListTerms: {
    answers: [
      async (scene) => {
        await terms(scene);
        await terms(scene);
        return { UserPoolId: scene.home.poolId, MaxResults: 1 };
      },
    ],
  },
  SetUICustomization: { answers: [async (scene) => ({ ...(await withDomain(scene)), ...look })] },
  GetUICustomization: {
    answers: [
      async (scene) => {
        const ids = await withDomain(scene);
        await scene.call('SetUICustomization', { ...ids, ...look });
        return ids;
      },
    ],
  },
};
