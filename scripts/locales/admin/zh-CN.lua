--- 简体中文：管理页面。键与 en.lua 相同。
return {
  -- The frame
  ["admin.name"] = "时间胶囊管理",
  ["admin.who"] = "已登录：{name}",
  ["admin.who_reads"] = "已登录：{name}（只能查看，不能改动）",
  ["admin.sign_out"] = "退出",
  ["admin.zone"] = "所有时间均为 {zone} 时间。",
  ["admin.back"] = "回到概览",
  ["admin.away"] = "此页现在无法显示：",

  ["admin.nav_audit"] = "操作记录",

  -- Signing in
  ["sign_in.title"] = "登录",
  ["sign_in.token"] = "令牌",
  ["sign_in.help"] = "在服务器上用这条命令生成：",
  ["sign_in.linked"] = "您打开了一个只能使用一次的链接。",
  ["sign_in.submit"] = "登录",
  ["sign_in.wrong"] = "没有这个令牌，或者它已被吊销。",
  ["sign_in.used"] = "这个链接已经用过，或者已超过一小时。请用令牌登录。",
  ["sign_in.needed"] = "请先登录。",
  ["sign_in.reader"] = "您可以查看一切，但不能改动：您的令牌是只读的。",
  ["sign_in.stale"] = "没有执行：这张表单属于之前的会话。请重新载入页面后再试。",

  -- Audit
  ["audit.title"] = "操作记录",
  ["audit.lead"] = "管理员通过页面、命令或信号所做的事，保留一年。",
  ["audit.at"] = "时间",
  ["audit.who"] = "谁",
  ["audit.act"] = "做了什么",
  ["audit.detail"] = "对象",
  ["audit.outcome"] = "结果",
  ["audit.done"] = "完成",
  ["audit.older"] = "更早的",
  ["audit.none"] = "还没有人做过什么。",
  ["audit.via_page"] = "页面",
  ["audit.via_command"] = "命令",
  ["audit.via_signal"] = "信号",
  ["audit.act_sign_in"] = "登录",
  ["audit.act_token_make"] = "生成了令牌",
  ["audit.act_token_revoke"] = "吊销了令牌",
}
