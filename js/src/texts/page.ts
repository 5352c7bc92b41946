/** What a saved page says of itself. It is in the page alone, in both languages. */

export const pageEn = {
  page_saved: "Saved on {saved}",
  page_holds: "{samples} of {total} samples",
  page_how:
    "Everything here was computed when the page was saved. What would need the model says so in its place.",
  page_needs: "This needs a kernel: it was not saved in the page.",
  page_samples: "This needs a kernel: the page holds the samples {list}.",
  page_input: "This needs a kernel: the page has no model that could look at a new input.",
  page_method: "needs a kernel: it was not saved in this page",
  page_failed:
    "This page could not be opened: {reason}. It needs a browser of 2023 or newer with JavaScript.",
  page_theme: "Theme",
  page_auto: "as the system",
  page_light: "light",
  page_dark: "dark",
  page_language: "Language",
};

export type PageTexts = typeof pageEn;

export const pageZh: PageTexts = {
  page_saved: "保存于 {saved}",
  page_holds: "{total} 个样本中的 {samples} 个",
  page_how: "这里的一切都是在保存页面时计算的。需要运行模型的内容会在原处说明。",
  page_needs: "这需要内核：它没有保存在页面中。",
  page_samples: "这需要内核：页面只含样本 {list}。",
  page_input: "这需要内核：页面里没有能处理新输入的模型。",
  page_method: "需要内核：没有保存在此页面中",
  page_failed: "无法打开此页面：{reason}。需要 2023 年或更新的浏览器，并启用 JavaScript。",
  page_theme: "主题",
  page_auto: "跟随系统",
  page_light: "浅色",
  page_dark: "深色",
  page_language: "语言",
};
