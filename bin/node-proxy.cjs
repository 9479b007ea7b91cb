'use strict';
// Plain JavaScript that any Node understands: `cognate run` has each Node load it first. It sends what http, https and
// fetch connect to through HTTPS_PROXY, where Node does not do so by NODE_USE_ENV_PROXY: in older Nodes, and in agents
// that a program makes itself.
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');

/** A connection to the host by way of the proxy (RFC 9110 §9.3.6). */
function tunnel(proxy, host, port, callback) {
  const path = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
  const options = {
    host: proxy.hostname,
    port: proxy.port,
    method: 'CONNECT',
    path,
    headers: { host: path },
  };
  const request = http.request({ ...options, agent: false });
  request.on('error', callback);
  request.on('connect', ({ statusCode }, socket) => {
    if (statusCode === 200) {
      callback(null, socket);
    } else {
      socket.destroy();
      callback(new Error(`The proxy of cognate run refuses ${host}: ${statusCode}`));
    }
  });
  request.end();
}

/** Every agent that connects by itself; those that know a proxy, or are for a Unix socket, are left alone. */
function routeAgents(proxy, isDirect) {
  const { createConnection: connect } = http.Agent.prototype;
  const { createConnection: connectSecurely } = https.Agent.prototype;

  http.Agent.prototype.createConnection = function createConnection(options, callback) {
    if (this.options.proxyEnv || isDirect(options)) return connect.call(this, options, callback);
    tunnel(proxy, options.host, options.port, callback);
    return undefined;
  };
  https.Agent.prototype.createConnection = function createConnection(options, callback) {
    if (this.options.proxyEnv || isDirect(options)) return connectSecurely.call(this, options, callback);
    tunnel(proxy, options.host, options.port, (error, socket) => {
      if (error) callback(error);
      else callback(null, connectSecurely.call(this, { ...options, socket }));
    });
    return undefined;
  };
}

/** fetch has a dispatcher that is no public part of Node; its class takes a function that connects. */
function routeFetch(proxy, isDirect) {
  // The dispatcher is made when a first part of fetch is used.
  if (globalThis.Headers === undefined) return;
  const dispatcher = Symbol.for('undici.globalDispatcher.1');
  const Agent = globalThis[dispatcher].constructor;

  const connect = (options, callback) => {
    const { hostname: host, protocol } = options;
    const isSecure = protocol === 'https:';
    const port = options.port || (isSecure ? 443 : 80);
    const secure = (socket) => {
      const servername = options.servername || (net.isIP(host) ? '' : host);
      const secured = tls.connect({ host, port, servername, socket, ALPNProtocols: ['http/1.1'] });
      whenReady(secured, 'secureConnect', callback);
    };
    if (!isDirect({ host })) {
      tunnel(proxy, host, port, (error, socket) => {
        if (error || !isSecure) callback(error, socket);
        else secure(socket);
      });
    } else if (isSecure) {
      secure();
    } else {
      whenReady(net.connect({ host, port }), 'connect', callback);
    }
  };
  globalThis[dispatcher] = new Agent({ connect });
}

function whenReady(socket, event, callback) {
  socket.once('error', callback);
  socket.once(event, () => {
    socket.off('error', callback);
    callback(null, socket);
  });
}

const { HTTPS_PROXY, NO_PROXY = '' } = process.env;
if (HTTPS_PROXY) {
  const proxy = new URL(HTTPS_PROXY);
  const direct = new Set(NO_PROXY.split(','));
  const isDirect = ({ host, socketPath }) =>
    Boolean(socketPath) || !host || direct.has(host.replace(/^\[|\]$/g, ''));
  routeAgents(proxy, isDirect);
  if (!process.allowedNodeEnvironmentFlags.has('--use-env-proxy')) routeFetch(proxy, isDirect);
}
