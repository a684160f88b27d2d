import type { Text } from '../shared/language';

/** Every text of the signing page, Chinese first. */
export const texts = {
  brand: { zh: '电子合同签署', en: 'Contract signing' },
  otherLanguage: { zh: 'English', en: '中文' },
  opening: { zh: '正在打开合同…', en: 'Opening the contract…' },
  retry: { zh: '重试', en: 'Try again' },
  close: { zh: '关闭', en: 'Close' },
  cancel: { zh: '取消', en: 'Cancel' },
  back: { zh: '返回合同', en: 'Back' },
  steps: { zh: '签署步骤', en: 'Steps' },
  stepReading: { zh: '阅读合同', en: 'Read' },
  stepHandwriting: { zh: '手写签名', en: 'Sign' },
  stepCode: { zh: '短信确认', en: 'Confirm' },
  stepDone: { zh: '完成', en: 'Done' },

  signer: { zh: '签署人', en: 'Signer' },
  role: { zh: '签署身份', en: 'Signs as' },
  sender: { zh: '发起方', en: 'Sent by' },
  mode: { zh: '签署方式', en: 'How' },
  modePad: { zh: '手写签名', en: 'Handwritten signature' },
  modeSms: { zh: '短信验证码（{phone}）', en: 'Code by SMS ({phone})' },
  deadline: { zh: '截止时间', en: 'Sign before' },
  notYou: {
    zh: '如果您不是上述签署人，请勿继续，并关闭本页。',
    en: 'If you are not this person, do not go on: close this page.',
  },

  readHint: { zh: '请逐页阅读合同全文，读完后才能签署。', en: 'Read every page. You can sign when all were read.' },
  readProgress: { zh: '已读 {read} / {pages} 页', en: '{read} of {pages} pages read' },
  pageAlt: { zh: '合同第 {page} 页，共 {pages} 页', en: 'Contract, page {page} of {pages}' },
  pageLoading: { zh: '第 {page} 页正在加载…', en: 'Loading page {page}…' },
  pageRead: { zh: '已读', en: 'Read' },
  yourPlace: { zh: '蓝色虚线框是您的签名位置', en: 'Your signature goes into the blue frame' },
  enlarge: { zh: '放大页面', en: 'Enlarge pages' },
  shrink: { zh: '还原大小', en: 'Fit pages' },
  nextUnread: { zh: '继续阅读第 {page} 页', en: 'Go to page {page}' },
  toHandwriting: { zh: '我已阅读全文，去签名', en: 'I have read it all: go on to sign' },
  toCode: { zh: '我已阅读全文，去确认', en: 'I have read it all: go on to confirm' },
  refuse: { zh: '拒绝签署', en: 'Refuse' },

  padTitle: { zh: '请手写您的姓名', en: 'Write your name by hand' },
  padHint: { zh: '请在下方框内书写“{name}”，字迹清晰、与平时签名一致。', en: 'Write “{name}” in the box below, as you usually sign.' },
  padTurn: { zh: '将手机横过来，书写更宽敞。', en: 'Turn the phone sideways for more room.' },
  padLabel: { zh: '手写签名区', en: 'Area to write your signature' },
  padHere: { zh: '在此处签名', en: 'Sign here' },
  padUndo: { zh: '撤销一笔', en: 'Undo stroke' },
  padClear: { zh: '清除重写', en: 'Clear' },
  padOtherPointer: {
    zh: '请用同一种方式（手指或笔）写完；要更换，请先清除。',
    en: 'Finish with the same finger, pen or mouse; clear first to change.',
  },
  padFull: { zh: '笔画过多或书写时间过长，请清除后重写。', en: 'Too many strokes, or too long. Clear and write again.' },
  padMore: { zh: '请写下完整的姓名后再提交。', en: 'Write your whole name first.' },
  consent: {
    zh: '点击“{button}”，即表示本人（{signer}）已阅读并同意《{title}》的全部内容，并以{role}身份签署。',
    en: 'By pressing “{button}” I, {signer}, confirm that I have read “{title}”, agree to all of it, and sign it as {role}.',
  },
  sign: { zh: '确认签署', en: 'Sign' },
  signing: { zh: '正在签署，请稍候…', en: 'Signing…' },

  codeTitle: { zh: '用短信验证码确认签署', en: 'Confirm with a code by SMS' },
  codeHint: { zh: '验证码将发送到 {phone}，只用于签署本合同，请勿告诉他人。', en: 'The code goes to {phone}. It signs this contract only: tell it to nobody.' },
  codeSend: { zh: '发送验证码', en: 'Send the code' },
  codeResend: { zh: '重新发送', en: 'Send again' },
  codeResendIn: { zh: '{seconds} 秒后可重新发送', en: 'Send again in {seconds} s' },
  codeSent: { zh: '验证码已发送到 {phone}，{time} 前有效。', en: 'Sent to {phone}, good until {time}.' },
  codeLabel: { zh: '6 位验证码', en: 'Six-digit code' },
  codeLeft: { zh: '还可以输入 {left} 次', en: 'Tries left: {left}' },
  codeConfirmed: { zh: '验证码已确认，请完成签署。', en: 'The code is confirmed. Now sign.' },

  doneTitle: { zh: '签署成功', en: 'You have signed' },
  doneWaiting: {
    zh: '您的签署已生效并存证。其他签约方签署完成后，您可以在本页下载合同。',
    en: 'Your signature is recorded. You can download the contract here when all parties have signed.',
  },
  doneComplete: { zh: '各方均已签署，合同已经完成。', en: 'All parties have signed. The contract is complete.' },
  doneTime: { zh: '签署时间', en: 'Signed at' },
  doneAct: { zh: '签署编号', en: 'Act' },
  doneEvidence: { zh: '证据摘要', en: 'Evidence' },
  doneCertificate: { zh: '证书序列号', en: 'Certificate' },
  doneKeep: { zh: '请保存以上信息，日后可凭此核验您的签署。', en: 'Keep these: your signature can be checked with them later.' },
  copy: { zh: '复制', en: 'Copy' },
  copied: { zh: '已复制', en: 'Copied' },
  refresh: { zh: '刷新状态', en: 'Refresh' },
  download: { zh: '下载合同（PDF）', en: 'Download the contract (PDF)' },

  refuseTitle: { zh: '确定拒绝签署吗？', en: 'Refuse to sign?' },
  refuseHint: { zh: '拒绝后整份合同终止，不能恢复。', en: 'The whole contract then ends for good.' },
  refuseReason: { zh: '拒绝理由（必填）', en: 'Reason (required)' },
  refuseConfirm: { zh: '确定拒绝', en: 'Refuse' },

  endedRefused: { zh: '合同已被拒签', en: 'The contract was refused' },
  endedRefusedRemedy: { zh: '本合同已终止。如有疑问，请联系发起方 {sender}。', en: 'This contract has ended. Ask {sender} if you have questions.' },
  endedWithdrawn: { zh: '合同已被撤回', en: 'The contract was withdrawn' },
  endedWithdrawnRemedy: { zh: '发起方 {sender} 撤回了本合同，您无需再操作。', en: '{sender} withdrew this contract. There is nothing left to do.' },
  endedExpired: { zh: '合同已过期', en: 'The contract has expired' },
  endedExpiredRemedy: { zh: '签署期限已过。如仍需签署，请联系发起方 {sender} 重新发起。', en: 'Its time is over. Ask {sender} to send it again if it is still wanted.' },
  errorCode: { zh: '错误代码：{code}', en: 'Error code: {code}' },
} as const satisfies Record<string, Text>;

/** What went wrong, and what to do about it. */
export interface ProblemText {
  title: Text;
  remedy: Text;
}

const askSender: Text = { zh: '请联系发起方重新发送签署链接。', en: 'Ask the sender for a new link.' };
const reload: Text = { zh: '请刷新页面后重试；仍不成功请联系发起方。', en: 'Reload the page and try again; if it stays, ask the sender.' };
const nothingLost: Text = { zh: '您的操作已保留，请稍后点击重试。', en: 'Nothing you did is lost. Try again in a moment.' };

/** Text for each stable problem code, of the server and of the page itself. */
export const problems: Readonly<Record<string, ProblemText>> = {
  network: { title: { zh: '网络连接失败', en: 'No connection' }, remedy: { zh: '您的操作已保留。请检查网络后点击重试。', en: 'Nothing you did is lost. Check the network and try again.' } },
  answer: { title: { zh: '服务器的回复无法识别', en: 'The server gave an unknown answer' }, remedy: reload },
  page: { title: { zh: '页面出现错误', en: 'The page failed' }, remedy: reload },
  'submission-pending': { title: { zh: '上次的签署尚未完成', en: 'Your last signing did not come through' }, remedy: { zh: '点击重试即提交上次的签名，也可以重新签名。', en: 'Try again to send it as it was, or sign anew.' } },
  'picture-altered': { title: { zh: '页面图像校验不一致，未予显示', en: 'This page’s picture does not match its digest and is not shown' }, remedy: { zh: '传输中可能被改动。请更换网络后重试，问题仍在时请勿签署。', en: 'It may have been altered on its way. Try another network; if it stays, do not sign.' } },
  'secure-context': { title: { zh: '当前连接不安全，无法签署', en: 'This connection is not secure enough to sign' }, remedy: { zh: '请使用 https 链接，在较新的浏览器中打开。', en: 'Open the https link in a current browser.' } },
  'link-missing': { title: { zh: '请从签署链接进入', en: 'Open this page by its link' }, remedy: { zh: '请点击短信或消息中的完整链接。', en: 'Use the whole link of your message.' } },
  'link-unknown': { title: { zh: '链接无效', en: 'This link is not known' }, remedy: { zh: '请确认链接完整；仍无效请联系发起方重新发送。', en: 'Check that the link is whole, or ask the sender for a new one.' } },
  'link-used': { title: { zh: '链接已被打开过', en: 'This link was opened before' }, remedy: { zh: '为保障安全，每个链接只能打开一次。请回到原来的页面继续，或联系发起方重新发送。', en: 'A link opens once. Go back to the page that you opened, or ask the sender for a new link.' } },
  'link-expired': { title: { zh: '链接已过期', en: 'This link has expired' }, remedy: askSender },
  'session-expired': { title: { zh: '签署会话已过期', en: 'Your session has expired' }, remedy: askSender },
  'session-foreign': { title: { zh: '会话与合同不符', en: 'The session belongs to another contract' }, remedy: askSender },
  unauthorised: { title: { zh: '签署会话已失效', en: 'Your session is no longer known' }, remedy: askSender },
  'document-mismatch': { title: { zh: '文件与您阅读的不一致，未签署', en: 'The document is not the one you read; nothing was signed' }, remedy: { zh: '请重新打开合同阅读；仍出现请勿签署并联系发起方。', en: 'Open the contract again; if it stays, do not sign and ask the sender.' } },
  'manifest-mismatch': { title: { zh: '证据清单校验不一致，未签署', en: 'The evidence does not match; nothing was signed' }, remedy: reload },
  'not-your-turn': { title: { zh: '尚未轮到您签署', en: 'It is not your turn yet' }, remedy: { zh: '本合同按顺序签署，请等待其他签约方完成后重试。', en: 'The parties sign in order. Wait for the others and try again.' } },
  'already-signed': { title: { zh: '您已签署过本合同', en: 'You have signed already' }, remedy: { zh: '无需重复操作。', en: 'There is nothing left to do.' } },
  'no-such-party': { title: { zh: '合同中没有该签约方', en: 'The contract has no such party' }, remedy: askSender },
  'not-in-mode': { title: { zh: '该步骤不适用于您的签署方式', en: 'This step is not part of your way of signing' }, remedy: reload },
  'evidence-missing': { title: { zh: '签署材料不完整，未签署', en: 'Something is missing; nothing was signed' }, remedy: { zh: '请返回合同重新阅读后再签署。', en: 'Go back, read the contract and sign again.' } },
  'evidence-limit': { title: { zh: '提交材料的次数过多', en: 'Too much evidence was added' }, remedy: askSender },
  'no-such-page': { title: { zh: '合同没有这一页', en: 'The contract has no such page' }, remedy: reload },
  'page-mismatch': { title: { zh: '阅读记录与页面不一致', en: 'A page as read is not the page as shown' }, remedy: { zh: '请刷新页面，重新阅读合同。', en: 'Reload the page and read the contract again.' } },
  'code-not-sent': { title: { zh: '尚未发送验证码', en: 'No code was sent yet' }, remedy: { zh: '请先点击发送验证码。', en: 'Send the code first.' } },
  'code-wrong': { title: { zh: '验证码错误', en: 'The code is wrong' }, remedy: { zh: '请核对短信后重新输入。', en: 'Look at the message and type it again.' } },
  'code-exhausted': { title: { zh: '验证码输入次数已用完', en: 'No tries are left for this code' }, remedy: { zh: '请重新发送验证码。', en: 'Send a new code.' } },
  'code-expired': { title: { zh: '验证码已过期', en: 'The code has expired' }, remedy: { zh: '请重新发送验证码。', en: 'Send a new code.' } },
  'code-limit': { title: { zh: '验证码发送次数过多', en: 'Too many codes were sent' }, remedy: askSender },
  'contract-ended': { title: { zh: '合同已终止', en: 'The contract has ended' }, remedy: { zh: '如有疑问，请联系发起方。', en: 'Ask the sender if you have questions.' } },
  'authorisation-required': { title: { zh: '该企业只在用印授权书范围内用印', en: 'This company seals only under an authorisation' }, remedy: { zh: '请在用印请求中写明有效的授权书。', en: 'Name a standing authorisation in the request.' } },
  'authorisation-not-complete': { title: { zh: '用印授权书尚未签署完成', en: 'The authorisation has not been signed by all' }, remedy: { zh: '请等待授权书各方签署完成后再用印。', en: 'Wait until all have signed it.' } },
  'authorisation-revoked': { title: { zh: '用印授权书已撤销', en: 'The authorisation was revoked' }, remedy: { zh: '请另行签署授权书。', en: 'Have another one signed.' } },
  'authorisation-foreign': { title: { zh: '用印授权书属于其他企业', en: 'The authorisation is about another company' }, remedy: { zh: '请改用本企业的授权书。', en: 'Name one of this company.' } },
  'authorisation-period': { title: { zh: '不在用印授权书的有效期内', en: 'Outside the period of the authorisation' }, remedy: { zh: '请改用在有效期内的授权书。', en: 'Name one that is good today.' } },
  'authorisation-template': { title: { zh: '合同不是由授权书所列模板制作', en: 'The contract is not of a template that was authorised' }, remedy: { zh: '请由授权签字人另行用印，或签署新的授权书。', en: 'Have it sealed without one, or have another one signed.' } },
  'authorisation-amount': { title: { zh: '合同金额超出用印授权书的限额', en: 'The amount is above what was authorised' }, remedy: { zh: '请降低金额，或签署新的授权书。', en: 'Lower the amount, or have another one signed.' } },
  'authorisation-used-up': { title: { zh: '用印授权书的次数已用完', en: 'All seals that were authorised have been set' }, remedy: { zh: '请签署新的授权书。', en: 'Have another one signed.' } },
  'company-revoked': { title: { zh: '该企业的证书已吊销，不能再用印', en: 'The certificate of this company was revoked; it cannot seal' }, remedy: { zh: '请重新登记企业后另行发起合同。', en: 'Register the company anew and send another contract.' } },
  'contract-complete': { title: { zh: '合同已经完成', en: 'The contract is complete' }, remedy: { zh: '无需再操作。', en: 'There is nothing left to do.' } },
  'contract-not-complete': { title: { zh: '合同尚未完成', en: 'The contract is not complete yet' }, remedy: { zh: '其他签约方签署完成后即可下载。', en: 'You can download it when all parties have signed.' } },
  'contract-changed': { title: { zh: '合同状态刚刚发生变化', en: 'The contract has just changed' }, remedy: nothingLost },
  'idempotency-key-reused': { title: { zh: '重复提交的内容不一致', en: 'The submission was sent before with other content' }, remedy: reload },
  'handwriting-invalid': { title: { zh: '手写签名无法识别', en: 'The handwriting cannot be used' }, remedy: { zh: '请清除后重新书写。', en: 'Clear it and write again.' } },
  'sms-not-sent': { title: { zh: '短信发送失败', en: 'The message could not be sent' }, remedy: nothingLost },
  'outside-unreachable': { title: { zh: '外部服务连接不上', en: 'A service that is needed could not be reached' }, remedy: nothingLost },
  'outside-slow': { title: { zh: '外部服务响应超时', en: 'A service that is needed did not answer in time' }, remedy: nothingLost },
  'outside-failed': { title: { zh: '外部服务暂不可用', en: 'A service that is needed failed' }, remedy: nothingLost },
  'outside-refused': { title: { zh: '外部服务拒绝了请求', en: 'A service that is needed refused' }, remedy: nothingLost },
  'outside-answer': { title: { zh: '外部服务的应答无法识别', en: 'A service that is needed answered something else' }, remedy: nothingLost },
  'outside-circuit-open': { title: { zh: '外部服务暂停使用', en: 'A service that is needed is left alone for a while' }, remedy: nothingLost },
  'sms-answer-unread': { title: { zh: '短信网关的应答无法识别', en: 'The SMS gateway answered something else' }, remedy: nothingLost },
  'timestamp-refused': { title: { zh: '时间戳服务暂不可用，未签署', en: 'No timestamp could be had; nothing was signed' }, remedy: nothingLost },
  'certificate-failed': { title: { zh: '证书签发失败，未签署', en: 'No certificate could be had; nothing was signed' }, remedy: nothingLost },
  'page-not-drawable': { title: { zh: '页面无法显示', en: 'This page cannot be drawn' }, remedy: { zh: '请勿签署，并联系发起方。', en: 'Do not sign, and tell the sender.' } },
  'shutting-down': { title: { zh: '服务正在重启，未签署', en: 'The service is restarting; nothing was signed' }, remedy: nothingLost },
  'store-unreadable': { title: { zh: '服务暂时出错', en: 'The service failed' }, remedy: nothingLost },
  'store-failed': { title: { zh: '服务暂时出错', en: 'The service failed' }, remedy: nothingLost },
  'http-413': { title: { zh: '提交的内容过大', en: 'The submission is too large' }, remedy: { zh: '请清除签名后重写，笔画不要过多。', en: 'Clear the signature and write it again with fewer strokes.' } },
  'http-429': { title: { zh: '操作过于频繁', en: 'Too many requests' }, remedy: nothingLost },
  'http-500': { title: { zh: '服务暂时出错', en: 'The service failed' }, remedy: nothingLost },
  'http-502': { title: { zh: '服务暂时不可用', en: 'The service is not available' }, remedy: nothingLost },
  'http-503': { title: { zh: '服务暂时不可用', en: 'The service is not available' }, remedy: nothingLost },
  'http-504': { title: { zh: '服务暂时不可用', en: 'The service is not available' }, remedy: nothingLost },
};

/** The texts for a problem; of an unknown code its detail as the server gave it. */
export function problemText(problem: { code: string; message: string }): ProblemText {
  const known = Object.hasOwn(problems, problem.code) ? problems[problem.code] : undefined;
  if (known) return known;
  const detail = problem.message || problem.code;
  return { title: { zh: '操作没有成功', en: 'This did not succeed' }, remedy: { zh: detail, en: detail } };
}
