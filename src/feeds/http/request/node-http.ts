import type http from 'node:http';
import type https from 'node:https';

/**
 * Node's HTTP, loaded when somebody asks a server: with a static import every start would wait about 25 ms for it and
 * what it brings along.
 */
export function nodeHttp(): typeof http {
  return process.getBuiltinModule('node:http');
}

export function nodeHttps(): typeof https {
  return process.getBuiltinModule('node:https');
}
