# 请求错误
internal = 服务器内部错误，请稍后重试；请求编号 { $request }
unauthenticated = 请先登录
bad-token = 登录凭证无效或已过期
bad-argument = 参数 { $name } 的值不正确
bad-cursor = 游标无效：请使用同一列表、同一排序返回的游标
first-and-last = first 与 last 不能同时使用
bad-page-size = 每页条数须在 0 到 { $max } 之间，收到 { $given }
too-many-ids = 一次最多查询 { $max } 个标识，收到 { $given } 个
nul-in-text = 文本中含有空字符 (U+0000)
bad-interval = intervalMs 须在 10 到 3600000 之间，收到 { $given }
bad-count = count 不能为负数，收到 { $given }
too-many-operations = 同一连接上同时运行的操作过多：最多 { $max } 个
bad-event-cursor = 事件游标无效：请原样使用本服务返回的游标
cursor-expired = 该游标之后的事件已超过保存期限：请重新加载数据后再订阅
stream-interrupted = 推送已中断：请以 extensions.cursor 中的游标作为 after 重新订阅
too-long-document = 查询文本过长：最多 { $max } 字节
too-deep = 查询嵌套过深：最多 { $max } 层
too-many-tokens = 查询过长：最多 { $max } 个词元
too-complex = 查询过于复杂：请减少嵌套或每页条数
filter-too-long = 筛选条件过多：最多 500 个条件、嵌套 24 层、5000 个值
repeated-key = 变更中的响应字段 { $key } 重复出现：同一变更不会执行两次，请使用不同别名
one-subscription = 一个订阅只能有一个根字段
no-operation = 文档中没有这个名称的操作
which-operation = 文档中有多个操作：请用 operationName 指定
no-query = 缺少 query
not-json = 请求体须为 application/json
bad-body = 请求体不是有效的 JSON 对象，或其中 query、variables、operationName、extensions 的类型不正确
too-long-body = 请求体过大：最多 1 MiB
mutation-by-get = 变更须使用 POST
subscription-by-http = 订阅请使用 WebSocket（/graphql/ws）或 text/event-stream

# 操作被拒
not-found = 不存在，或无权查看
forbidden = 无权执行此操作
required = 必填，不能为空
too-long = 最多 { $max } 个字，收到 { $length } 个
out-of-range = 须在 { $low } 到 { $high } 之间
invalid-characters = 含有不允许的控制字符
invalid-state = 当前状态不允许此操作
case-closed = 案件已结，不能再操作哨单
respondent = 被投诉方须回避
same-person = 办结人与核验人不能为同一人
open-whistles = 尚有未办结的哨单，请先办结或撤回
wrong-level = 所在层级不能向该单位吹哨或交办，或该单位不负责此地
already-called = 该单位已被吹哨且尚未办结
already-checked-in = 该单位已报到
not-called = 您不属于被吹哨的单位
no-target = 找不到吹哨对象，请指定
no-superior = 已是最高层级
place-too-wide = 地点须为区县或以下
conflict = 内容已被他人更新，请按最新内容重新确认
idempotency-key-reused = 该幂等键已用于另一请求：请换一个新的
mismatch = 与其他内容不一致
too-many-targets = 一次最多向 10 个单位吹哨
holds-a-post = 该人员在任，请先免去其岗位

# 案卷异常
file-not-chained = 该事项早于校验机制，无校验值
file-missing = 此处缺少事项
file-out-of-order = 该事项不在其原有位置
file-unlinked = 该事项与上一事项不衔接：上一事项被改动，或其间事项缺失
file-changed = 该事项被改动
file-personal-changed = 该事项的经办人或说明被改动
file-erased-unrecorded = 该事项的个人信息已缺失，而无删除记录
file-case-changed = 案件信息与该事项保存时不符
file-whistle-changed = 哨单与该事项保存时不符，或已缺失
file-whistle-unrecorded = 有哨单无对应事项

# 消息
notice-whistle-raised = 有哨单呼叫您所在的单位，请报到
notice-whistle-escalated = 哨单未按时报到，已升级
notice-whistle-declined = 有哨单被退回，请裁定
notice-case-assigned = 有案件交办给您所在的单位
notice-deadline-approaching = 时限即将到期
notice-overdue = 时限已过
notice-supervision-requested = 案件逐级升级后仍无人报到，请求督办
notice-case-accepted = 您上报的案件已受理
notice-case-handed-over = 您上报的案件已交办
notice-case-in-progress = 您上报的案件正在办理
notice-case-resolved = 您上报的案件已办结，待核验
notice-case-closed = 您上报的案件已核验销号
notice-case-rejected = 您上报的案件不予受理
notice-case-withdrawn = 您上报的案件已撤回
notice-case-merged = 您上报的案件已并入另一案件
notice-case-moved = 您上报的案件状态有变化
which-notifications = ids、upTo 与 all: true 三者须且只能给出一个

# 回调
webhook-bad-url = 应为 http 或 https 网址，须有主机名，不含用户名和片段
webhook-private-address = 本服务器不向回环、内网等特殊地址发送
webhook-off = 该回调已停用
webhook-delivering = 正在投递中
webhook-no-kinds = 请至少给出一种事项；不给则为全部
