/** In place of react-style-singleton: the policy of the page allows no styles that scripts write. */
export const styleSingleton = () => () => null;
export const styleHookSingleton = () => () => {};
export const stylesheetSingleton = () => ({ add() {}, remove() {} });
