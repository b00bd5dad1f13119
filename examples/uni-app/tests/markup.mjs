// Checks a page's markup.

import { baseParse, NodeTypes } from "@vue/compiler-dom";

const TAGS = new Set(["block", "button", "form", "image", "input", "label", "text", "view"]);
const OPEN_TYPES = new Set(["agreePrivacyAuthorization", "chooseAvatar", "getPhoneNumber"]);
const EVENTS = new Set(["agreeprivacyauthorization", "chooseavatar", "getphonenumber", "submit", "tap"]);
const INPUT_TYPES = new Set(["digit", "idcard", "nickname", "number", "text"]);

/** Returns the markup's errors. `components` are the tags that the page's JSON declares. */
export function markupErrors(markup, components) {
  const found = [];
  const { children } = baseParse(markup, {
    isVoidTag: () => false,
    onError: (error) => found.push(error.message),
  });
  for (const { tag, props } of elements(children)) {
    const isComponent = components.includes(tag);
    if (!isComponent && !TAGS.has(tag)) found.push(`unknown tag ${tag}`);
    for (const { name, value } of props) {
      const content = value?.content ?? "";
      const event = /^bind:?(.*)$/.exec(name)?.[1];
      if (/^[@#]|^v-/.test(name)) found.push(`${name} is Vue syntax`);
      if (event && !isComponent && !EVENTS.has(event)) found.push(`unknown event ${event}`);
      if (name === "open-type" && !OPEN_TYPES.has(content)) found.push(`unknown open-type ${content}`);
      if (tag === "input" && name === "type" && !INPUT_TYPES.has(content)) {
        found.push(`unknown input ${content}`);
      }
    }
  }
  return found;
}

/** Returns the open types of a page's buttons and the types of its inputs. */
export function openTypes(markup) {
  return elements(baseParse(markup, { isVoidTag: () => false }).children).flatMap(({ tag, props }) =>
    props
      .filter(({ name }) => name === "open-type" || (tag === "input" && name === "type"))
      .map(({ value }) => value.content));
}

function elements(children) {
  return children
    .filter(({ type }) => type === NodeTypes.ELEMENT)
    .flatMap((element) => [element, ...elements(element.children)]);
}
