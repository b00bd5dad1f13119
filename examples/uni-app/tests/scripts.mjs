// Finds globals that a script uses without checking that they exist.

import { parse } from "acorn";
import { analyze } from "eslint-scope";

// The syntax that WeChat runs, or converts to ES5.
const SYNTAX = { ecmaVersion: 2017, sourceType: "script", ranges: true };

/** The globals of every base library: those of ECMAScript, and WeChat's own. */
const PROVIDED = new Set([
  "Array", "ArrayBuffer", "Boolean", "Date", "Error", "Function", "Infinity", "JSON", "Map", "Math",
  "NaN", "Number", "Object", "Promise", "Proxy", "RangeError", "Reflect", "RegExp", "Set", "String",
  "Symbol", "SyntaxError", "TypeError", "Uint8Array", "WeakMap", "WeakSet", "decodeURIComponent",
  "encodeURIComponent", "isFinite", "isNaN", "parseFloat", "parseInt", "undefined",
  "clearInterval", "clearTimeout", "console", "setInterval", "setTimeout",
  "App", "Behavior", "Component", "Page", "exports", "getApp", "getCurrentPages", "global", "module", "require",
  "wx",
]);

export function missingNames(source) {
  const tree = parse(source, SYNTAX);
  const { globalScope } = analyze(tree, { ecmaVersion: 2017, sourceType: "script" });
  const wanted = globalScope.through
    .map(({ identifier }) => identifier)
    .filter(({ name }) => !PROVIDED.has(name));
  return wanted.filter((name) => !isGuarded(name, tree)).map(({ name }) => name);
}

/** Returns whether a name is used only in `typeof`, or where `typeof` was checked before. */
function isGuarded(name, tree) {
  return ancestors(tree, name).some((node) => {
    switch (node.type) {
      case "UnaryExpression":
        return node.operator === "typeof" && node.argument === name;
      case "ConditionalExpression":
      case "IfStatement":
        return checksType(node.test, name.name);
      case "LogicalExpression":
        return checksType(node.left, name.name);
      default:
        return false;
    }
  });
}

function checksType(test, name) {
  return nodes(test).some(({ type, operator, argument }) =>
    type === "UnaryExpression" && operator === "typeof" && argument.name === name);
}

/** Returns the nodes that contain a node, outermost first. */
function ancestors(tree, node) {
  return nodes(tree).filter(({ start, end }) => start <= node.start && node.end <= end);
}

function nodes(tree) {
  const found = [];
  const rest = [tree];
  for (let node; (node = rest.pop()); ) {
    if (typeof node.type === "string") found.push(node);
    for (const value of Object.values(node)) {
      if (value && typeof value === "object") rest.push(value);
    }
  }
  return found;
}
