/** Words of what a scan of the samples found; part of the table of texts. */

export const scanWords = {
  over_data: "Over the data",
  scan_samples: "{count} samples",
  scan_data: "Scan the data",
  scan_again: "Scan again",
  scan_why:
    "Goes once over all samples: which excite a unit most, what it usually does, how the classes differ",
  scan_running: "scanning",
  scan_stop: "Stop",
  scan_stop_why: "What was gathered so far stays",
  scan_done: "{count} samples scanned",
  scan_part: "{done} of {count} samples scanned",
  scan_stale: "The weights have changed since this scan",
};

export const scanZh: typeof scanWords = {
  over_data: "在数据上",
  scan_samples: "{count} 个样本",
  scan_data: "扫描数据",
  scan_again: "重新扫描",
  scan_why: "遍历所有样本一次:哪些最能激活一个单元、它通常如何、各类有何不同",
  scan_running: "正在扫描",
  scan_stop: "停止",
  scan_stop_why: "已收集的结果会保留",
  scan_done: "已扫描 {count} 个样本",
  scan_part: "已扫描 {count} 个样本中的 {done} 个",
  scan_stale: "此次扫描之后权重已改变",
};
