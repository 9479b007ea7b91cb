/*
 * What managed login looks like where a style does not say otherwise: the values that the service gives with
 * ReturnMergedResources (API reference: DescribeManagedLoginBranding; recorded in published configurations). Colours
 * are rrggbbaa.
 */

/** The same members for both modes of colour. */
const modes = (light: object, dark: object) => ({ lightMode: light, darkMode: dark });

const look = (backgroundColor: string, borderColor: string, textColor: string) => ({
  backgroundColor,
  borderColor,
  textColor,
});

const plain = (backgroundColor: string, textColor: string) => ({ backgroundColor, textColor });

const status = (backgroundColor: string, color: string) => ({
  backgroundColor,
  borderColor: color,
  indicatorColor: color,
});

const pending = { indicatorColor: 'AAAAAAAA' };

const bar = {
  backgroundImage: { enabled: false },
  ...modes(
    { background: { color: 'fafafaff' }, borderColor: 'd5dbdbff' },
    { background: { color: '0f141aff' }, borderColor: '424650ff' },
  ),
  logo: { enabled: false, location: 'START' },
};

const categories = {
  auth: {
    authMethodOrder: [
      [
        { display: 'BUTTON', type: 'FEDERATED' },
        { display: 'INPUT', type: 'USERNAME_PASSWORD' },
      ],
    ],
    federation: { interfaceStyle: 'BUTTON_LIST', order: [] },
  },
  form: {
    displayGraphics: true,
    instructions: { enabled: false },
    languageSelector: { enabled: false },
    location: { horizontal: 'CENTER', vertical: 'CENTER' },
    sessionTimerDisplay: 'NONE',
  },
  global: {
    colorSchemeMode: 'LIGHT',
    pageFooter: { enabled: false },
    pageHeader: { enabled: false },
    spacingDensity: 'REGULAR',
  },
  signUp: { acceptanceElements: [{ enforcement: 'NONE', textKey: 'en' }] },
};

const componentClasses = {
  buttons: { borderRadius: 8 },
  divider: modes({ borderColor: 'ebebf0ff' }, { borderColor: '232b37ff' }),
  dropDown: {
    borderRadius: 8,
    ...modes(
      {
        defaults: { itemBackgroundColor: 'ffffffff' },
        hover: { itemBackgroundColor: 'f4f4f4ff', itemBorderColor: '7d8998ff', itemTextColor: '000716ff' },
        match: { itemBackgroundColor: '414d5cff', itemTextColor: '0972d3ff' },
      },
      {
        defaults: { itemBackgroundColor: '192534ff' },
        hover: { itemBackgroundColor: '081120ff', itemBorderColor: '5f6b7aff', itemTextColor: 'e9ebedff' },
        match: { itemBackgroundColor: 'd1d5dbff', itemTextColor: '89bdeeff' },
      },
    ),
  },
  focusState: modes({ borderColor: '0972d3ff' }, { borderColor: '539fe5ff' }),
  idpButtons: { icons: { enabled: true } },
  input: {
    borderRadius: 8,
    ...modes(
      { defaults: { backgroundColor: 'ffffffff', borderColor: '7d8998ff' }, placeholderColor: '5f6b7aff' },
      { defaults: { backgroundColor: '0f1b2aff', borderColor: '5f6b7aff' }, placeholderColor: '8d99a8ff' },
    ),
  },
  inputDescription: modes({ textColor: '5f6b7aff' }, { textColor: '8d99a8ff' }),
  inputLabel: modes({ textColor: '000716ff' }, { textColor: 'd1d5dbff' }),
  link: modes(
    { defaults: { textColor: '0972d3ff' }, hover: { textColor: '033160ff' } },
    { defaults: { textColor: '539fe5ff' }, hover: { textColor: '89bdeeff' } },
  ),
  optionControls: modes(
    {
      defaults: { backgroundColor: 'ffffffff', borderColor: '7d8998ff' },
      selected: { backgroundColor: '0972d3ff', foregroundColor: 'ffffffff' },
    },
    {
      defaults: { backgroundColor: '0f1b2aff', borderColor: '7d8998ff' },
      selected: { backgroundColor: '539fe5ff', foregroundColor: '000716ff' },
    },
  ),
  statusIndicator: modes(
    {
      error: status('fff7f7ff', 'd91515ff'),
      pending,
      success: status('f2fcf3ff', '037f0cff'),
      warning: status('fffce9ff', '8d6605ff'),
    },
    {
      error: status('1a0000ff', 'eb6f6fff'),
      pending,
      success: status('001a02ff', '29ad32ff'),
      warning: status('1d1906ff', 'e0ca57ff'),
    },
  ),
};

const outlined = (light: string, dark: string) =>
  modes(
    {
      active: look('d3e7f9ff', '033160ff', '033160ff'),
      defaults: look('ffffffff', light, light),
      hover: look('f2f8fdff', '033160ff', '033160ff'),
    },
    {
      active: look('354150ff', '89bdeeff', '89bdeeff'),
      defaults: look('0f1b2aff', dark, dark),
      hover: look('192534ff', '89bdeeff', '89bdeeff'),
    },
  );

const disabled = { backgroundColor: 'ffffffff', borderColor: 'ffffffff' };

const components = {
  alert: {
    borderRadius: 12,
    ...modes(
      { error: { backgroundColor: 'fff7f7ff', borderColor: 'd91515ff' } },
      { error: { backgroundColor: '1a0000ff', borderColor: 'eb6f6fff' } },
    ),
  },
  favicon: { enabledTypes: ['ICO', 'SVG'] },
  form: {
    backgroundImage: { enabled: false },
    borderRadius: 8,
    ...modes(
      { backgroundColor: 'ffffffff', borderColor: 'c6c6cdff' },
      { backgroundColor: '0f1b2aff', borderColor: '424650ff' },
    ),
    logo: { enabled: false, formInclusion: 'IN', location: 'CENTER', position: 'TOP' },
  },
  idpButton: { custom: {}, standard: outlined('424650ff', 'c6c6cdff') },
  pageBackground: {
    ...modes({ color: 'ffffffff' }, { color: '0f1b2aff' }),
    image: { enabled: true },
  },
  pageFooter: bar,
  pageHeader: bar,
  pageText: modes(
    { bodyColor: '414d5cff', descriptionColor: '414d5cff', headingColor: '000716ff' },
    { bodyColor: 'b6bec9ff', descriptionColor: 'b6bec9ff', headingColor: 'd1d5dbff' },
  ),
  phoneNumberSelector: { displayType: 'TEXT' },
  primaryButton: modes(
    {
      active: plain('033160ff', 'ffffffff'),
      defaults: plain('0972d3ff', 'ffffffff'),
      disabled,
      hover: plain('033160ff', 'ffffffff'),
    },
    {
      active: plain('539fe5ff', '000716ff'),
      defaults: plain('539fe5ff', '000716ff'),
      disabled,
      hover: plain('89bdeeff', '000716ff'),
    },
  ),
  secondaryButton: outlined('0972d3ff', '539fe5ff'),
};

export const brandingDefaults: Readonly<Record<string, unknown>> = {
  categories,
  componentClasses,
  components,
};
