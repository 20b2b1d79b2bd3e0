// Module hooks: these packages get another module for node:child_process.
const packages = /\/node_modules\/(execa|nano-spawn)\//;

/** The hook `resolve` of node:module. */
export function resolve(specifier, context, nextResolve) {
  if (/^(node:)?child_process$/.test(specifier) && packages.test(context.parentURL ?? '')) {
    return {url: new URL('child-process.mjs', import.meta.url).href, shortCircuit: true};
  }
  return nextResolve(specifier, context);
}
