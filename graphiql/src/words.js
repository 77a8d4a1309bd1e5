/** What the bar says, in both languages. GraphiQL's own words are English. */
export const WORDS = {
  zh: {
    tag: 'zh-CN',
    other: 'English',
    signIn: '身份',
    visitor: '访客（未登录）',
    own: '自备令牌…',
    token: '令牌，由 chuishao token 打印',
    examples: '恢复示例',
    reset: '关闭所有标签页，恢复示例？',
    licences: '许可证',
    refused: '登录未成功',
  },
  en: {
    tag: 'en',
    other: '中文',
    signIn: 'Sign in as',
    visitor: 'visitor (not signed in)',
    own: 'a token of your own…',
    token: 'a token, as `chuishao token` prints it',
    examples: 'Restore the examples',
    reset: 'Close all tabs and restore the examples?',
    licences: 'Licences',
    refused: 'The sign-in failed',
  },
};
