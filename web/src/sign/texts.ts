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
  stepConsent: { zh: '同意', en: 'Consent' },
  stepEvidence: { zh: '取证', en: 'Evidence' },
  stepConfirm: { zh: '确认签署', en: 'Confirm' },
  stepDone: { zh: '完成', en: 'Done' },

  signer: { zh: '签署人', en: 'Signer' },
  role: { zh: '签署身份', en: 'Signs as' },
  sender: { zh: '发起方', en: 'Sent by' },
  mode: { zh: '签署方式', en: 'How' },
  modePad: { zh: '手写签名', en: 'Handwritten signature' },
  modeSms: { zh: '短信验证码（{phone}）', en: 'Code by SMS ({phone})' },
  modeConfirm: { zh: '核验身份后确认', en: 'Confirmed after a check of identity' },
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
  toNext: { zh: '我已阅读全文，下一步', en: 'I have read it all: go on' },
  refuse: { zh: '拒绝签署', en: 'Refuse' },

  consentsTitle: { zh: '请逐项确认是否同意', en: 'Your consent, item by item' },
  consentsHint: {
    zh: '签署需要采集以下个人信息。请阅读后逐项勾选；未经您同意不会采集。',
    en: 'Signing needs the following of you. Read each and tick it; nothing is captured without your consent.',
  },
  consentsChoice: { zh: '可以用其他方式代替的项目不必勾选。', en: 'What another way can replace need not be ticked.' },
  consentsLoading: { zh: '正在加载同意书…', en: 'Loading the texts…' },
  agree: { zh: '同意所选项目，下一步', en: 'I agree: go on' },

  evidenceLeft: { zh: '还需完成 {left} 项', en: 'Still to do: {left}' },
  evidenceChoice: { zh: '请选择一种方式', en: 'Choose one way' },
  evidenceElsewhere: { zh: '本页面不支持：{kind}', en: 'Not available on this page: {kind}' },
  evidenceElsewhereHint: {
    zh: '本合同要求的这一项不能在本页面完成。请改用发起方（{sender}）提供的应用，或联系发起方。',
    en: 'This contract asks for something that this page cannot bring. Use the sender’s own app, or ask {sender}.',
  },
  or: { zh: '或', en: ' or ' },
  sending: { zh: '正在加密并提交…', en: 'Encrypting and sending…' },
  photoTake: { zh: '拍照', en: 'Take a photograph' },
  photoAgain: { zh: '重新拍照', en: 'Take it again' },
  photoSend: { zh: '清晰完整，提交', en: 'It is sharp and whole: send it' },
  photoAlt: { zh: '刚拍摄的照片：{kind}', en: 'The photograph just taken: {kind}' },
  recordVideo: { zh: '开始录像', en: 'Start the video' },
  recordVoice: { zh: '开始录音', en: 'Start recording' },
  recordAgain: { zh: '重新录制', en: 'Record again' },
  recordStop: { zh: '停止', en: 'Stop' },
  recordFile: { zh: '用设备自带的相机或录音机录制', en: 'Record with the device’s own camera or recorder' },
  recordingNow: { zh: '正在录制，{left} 秒后自动停止', en: 'Recording; it stops by itself in {left} s' },
  recorded: { zh: '已录制（{size} KB）', en: 'Recorded ({size} KB)' },
  recordSend: { zh: '提交录制内容', en: 'Send the recording' },
  locate: { zh: '记录当前位置', en: 'Record where I am' },
  locating: { zh: '正在定位…', en: 'Looking for the place…' },
  identify: { zh: '核验身份', en: 'Check my identity' },
  identifying: { zh: '正在核验…', en: 'Checking…' },
  cardLabel: { zh: '银行卡号', en: 'Number of your bank card' },
  cardHint: {
    zh: '填写以您本人姓名开户、预留本手机号的银行卡；卡号仅用于本次核验，不会保存。',
    en: 'A card in your own name with this telephone number. It is used for this check alone and not kept.',
  },
  cardNot: { zh: '不使用银行卡', en: 'Without a bank card' },
  copyLabel: { zh: '请逐字抄写上面的句子', en: 'Copy the sentence above, character by character' },
  copyWrong: { zh: '第 {at} 个字应为“{expected}”', en: 'Character {at} should be “{expected}”' },
  copyTooLong: { zh: '句子已写完，请删去多余的字', en: 'The sentence is complete; delete what is too much' },
  copySend: { zh: '提交抄写', en: 'Send the copy' },
  codeCheck: { zh: '验证', en: 'Check the code' },

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
  confirmTitle: { zh: '确认签署', en: 'Confirm that you sign' },
  confirmHint: { zh: '所需材料已全部提交，请确认签署。', en: 'Everything that was asked for is there. Now sign.' },
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

/** A kind of evidence: its name, and how it is brought. */
const kinds: Readonly<Record<string, { name: Text; hint: Text }>> = {
  'id-photo-front': { name: { zh: '身份证人像面', en: 'Identity card, front' }, hint: { zh: '请平放证件，在光线充足处拍摄，四角完整、文字清晰、无反光。', en: 'Lay the card flat in good light: all corners in the picture, sharp, no glare.' } },
  'id-photo-back': { name: { zh: '身份证国徽面', en: 'Identity card, back' }, hint: { zh: '请平放证件，在光线充足处拍摄，四角完整、文字清晰、无反光。', en: 'Lay the card flat in good light: all corners in the picture, sharp, no glare.' } },
  portrait: { name: { zh: '本人肖像', en: 'Portrait' }, hint: { zh: '请正对镜头，露出整个面部。', en: 'Face the camera, your whole face in the picture.' } },
  face: { name: { zh: '人脸核验', en: 'Check of the face' }, hint: { zh: '请正对镜头拍摄，照片将提交身份核验机构比对。', en: 'Face the camera: an identity authority compares the picture.' } },
  'signing-photo': { name: { zh: '签署照片', en: 'Photograph of the signing' }, hint: { zh: '请拍摄您正在签署的照片。照片在本设备上加密，平台无法查看。', en: 'A photograph of you, signing. It is encrypted on this device; the platform cannot see it.' } },
  video: { name: { zh: '签署短视频', en: 'Short video of the signing' }, hint: { zh: '请正对镜头，说出您的姓名并表示自愿签署，不超过 15 秒。视频在本设备上加密，平台无法查看。', en: 'Face the camera, say your name and that you sign of your own will, in 15 seconds at most. It is encrypted on this device; the platform cannot see it.' } },
  voice: { name: { zh: '语音确认', en: 'Spoken confirmation' }, hint: { zh: '请说出您的姓名并表示自愿签署，不超过 15 秒。录音在本设备上加密，平台无法收听。', en: 'Say your name and that you sign of your own will, in 15 seconds at most. It is encrypted on this device; the platform cannot hear it.' } },
  location: { name: { zh: '签署位置', en: 'Location' }, hint: { zh: '点击按钮后，请在浏览器提示中允许使用位置。', en: 'Press the button, then allow the browser to use your location.' } },
  identity: { name: { zh: '身份核验', en: 'Check of identity' }, hint: { zh: '由权威机构核对您的姓名、证件号码和手机号是否一致。', en: 'An authority compares your name, the number of your document and your telephone.' } },
  transcription: { name: { zh: '抄写风险提示', en: 'Copy of the risk notice' }, hint: { zh: '请阅读以下句子，并亲自抄写一遍。', en: 'Read this sentence and copy it yourself.' } },
  code: { name: { zh: '短信验证码', en: 'Code by SMS' }, hint: { zh: '用发送到您手机的验证码证明是您本人。', en: 'A code to your telephone shows that it is you.' } },
  handwriting: { name: { zh: '手写笔迹', en: 'Handwriting' }, hint: { zh: '请手写您的姓名。', en: 'Write your name by hand.' } },
  attendant: { name: { zh: '客户经理在场', en: 'An officer who attends' }, hint: { zh: '由客户经理或柜员登录后打开会话时自动记录。', en: 'Recorded when an officer or a clerk opens the session.' } },
  password: { name: { zh: '签署密码', en: 'Signing password' }, hint: { zh: '请使用发起方的应用。', en: 'Use the sender’s app.' } },
};

/** The name of a kind of evidence; of an unknown one the name that the server uses. */
export function kindName(kind: string): Text {
  return Object.hasOwn(kinds, kind) ? kinds[kind]!.name : { zh: kind, en: kind };
}

/** How a kind of evidence is brought. */
export function kindHint(kind: string): Text {
  return Object.hasOwn(kinds, kind) ? kinds[kind]!.hint : { zh: '', en: '' };
}

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
  'consent-missing': { title: { zh: '尚未取得您的同意', en: 'Your consent is missing' }, remedy: { zh: '请刷新页面，在“同意”一步勾选该项后再继续。', en: 'Reload the page and tick it in the consent step.' } },
  'evidence-after-handwriting': { title: { zh: '签名写在取证之前，未签署', en: 'The signature was written before the evidence; nothing was signed' }, remedy: { zh: '请清除签名后重新书写。', en: 'Clear the signature and write it again.' } },
  'seal-missing': { title: { zh: '提交的内容未加密，已被拒绝', en: 'What was sent was not encrypted and was refused' }, remedy: reload },
  'envelope-foreign': { title: { zh: '加密内容不属于本次签署', en: 'What was encrypted does not belong to this signing' }, remedy: { zh: '请刷新页面后重新采集。', en: 'Reload the page and capture it again.' } },
  'evidence-replayed': { title: { zh: '该材料已提交过', en: 'This was submitted before' }, remedy: { zh: '请重新采集后提交。', en: 'Capture it again.' } },
  'transcription-wrong': { title: { zh: '抄写内容与原句不一致', en: 'The copy differs from its original' }, remedy: { zh: '请对照原句修改后再提交。', en: 'Compare it with the sentence and correct it.' } },
  'reading-too-short': { title: { zh: '有页面阅读时间过短', en: 'A page was in view too shortly' }, remedy: { zh: '请返回合同，逐页仔细阅读。', en: 'Go back and read every page.' } },
  'identity-mismatch': { title: { zh: '姓名与证件号码、手机号等信息不一致', en: 'Name and numbers do not belong together' }, remedy: { zh: '请核对后重试，或改用银行卡核验；信息有误请联系发起方更正。', en: 'Try again or use a bank card; if the contract has a wrong number, ask the sender to correct it.' } },
  'identity-unknown': { title: { zh: '核验机构查无此人', en: 'The authority knows nobody by these numbers' }, remedy: { zh: '请联系发起方核对合同中的姓名和证件号码。', en: 'Ask the sender to check name and number in the contract.' } },
  'answer-foreign': { title: { zh: '核验机构的答复无效，未采用', en: 'The authority’s answer was not one to this question and was not used' }, remedy: nothingLost },
  'identity-limit': { title: { zh: '身份核验次数过多', en: 'Identity was checked too often' }, remedy: askSender },
  'authority-not-configured': { title: { zh: '平台尚未接入身份核验', en: 'No identity authority is connected' }, remedy: { zh: '请联系发起方。', en: 'Tell the sender.' } },
  'photo-unreadable': { title: { zh: '照片无法识别', en: 'This picture cannot be read' }, remedy: { zh: '请重新拍摄，或选择 JPEG、PNG 格式的照片。', en: 'Take it again, or choose a JPEG or PNG file.' } },
  'recording-refused': { title: { zh: '无法使用相机或麦克风', en: 'Camera or microphone cannot be used' }, remedy: { zh: '请在浏览器设置中允许使用，或用设备自带的相机、录音机录制后选择文件。', en: 'Allow them in the settings of the browser, or record with the device itself and choose the file.' } },
  'recording-large': { title: { zh: '文件过大', en: 'The file is too large' }, remedy: { zh: '请录制更短的内容，不超过 24 MB。', en: 'Record something shorter, 24 MB at most.' } },
  'location-refused': { title: { zh: '您未允许使用位置', en: 'The location was refused' }, remedy: { zh: '本合同要求记录签署位置。请在浏览器的网站设置中允许使用位置后重试；如不愿提供，可以拒绝签署或联系发起方。', en: 'This contract asks where it is signed. Allow the location for this site in the settings of the browser and try again; if you do not want to, refuse or ask the sender.' } },
  'location-unavailable': { title: { zh: '暂时无法定位', en: 'The device cannot find its place' }, remedy: { zh: '请打开设备的定位服务，到开阔处后重试。', en: 'Turn location on in the device, go near a window and try again.' } },
  'envelope-malformed': { title: { zh: '加密内容无法识别', en: 'What was encrypted cannot be read' }, remedy: reload },
  'envelope-too-large': { title: { zh: '提交的内容过大', en: 'This is too large to send' }, remedy: { zh: '请重新拍摄或录制更短的内容。', en: 'Take it again, smaller or shorter.' } },
  'envelope-recipient': { title: { zh: '加密公钥无法使用，未提交', en: 'The key to encrypt to cannot be used; nothing was sent' }, remedy: reload },
  'envelope-key': { title: { zh: '服务器的密钥无法使用', en: 'The server’s key cannot be used' }, remedy: nothingLost },
  'envelope-binding': { title: { zh: '加密内容与本次签署不符', en: 'What was encrypted does not fit this signing' }, remedy: reload },
  'envelope-not-opened': { title: { zh: '服务器无法解密提交的内容', en: 'The server could not open what was sent' }, remedy: { zh: '传输中可能被改动。请刷新页面后重试。', en: 'It may have been altered on its way. Reload the page and try again.' } },
  'no-such-page': { title: { zh: '合同没有这一页', en: 'The contract has no such page' }, remedy: reload },
  'page-mismatch': { title: { zh: '阅读记录与页面不一致', en: 'A page as read is not the page as shown' }, remedy: { zh: '请刷新页面，重新阅读合同。', en: 'Reload the page and read the contract again.' } },
  'code-not-sent': { title: { zh: '尚未发送验证码', en: 'No code was sent yet' }, remedy: { zh: '请先点击发送验证码。', en: 'Send the code first.' } },
  'code-wrong': { title: { zh: '验证码错误', en: 'The code is wrong' }, remedy: { zh: '请核对短信后重新输入。', en: 'Look at the message and type it again.' } },
  'code-exhausted': { title: { zh: '验证码输入次数已用完', en: 'No tries are left for this code' }, remedy: { zh: '请重新发送验证码。', en: 'Send a new code.' } },
  'code-expired': { title: { zh: '验证码已过期', en: 'The code has expired' }, remedy: { zh: '请重新发送验证码。', en: 'Send a new code.' } },
  'code-later': { title: { zh: '验证码发送过于频繁', en: 'Codes were asked for too often' }, remedy: { zh: '请稍等片刻，再重新发送。', en: 'Wait a while, then send it again.' } },
  'code-limit': { title: { zh: '验证码发送次数过多', en: 'Too many codes were sent' }, remedy: askSender },
  'staff-code-unknown': { title: { zh: '配对码无效', en: 'This code is not good' }, remedy: { zh: '请核对柜员给出的配对码；配对码两分钟内有效，且只能使用一次。', en: 'Check the clerk’s code. It is good for two minutes, and once.' } },
  'too-many-tries': { title: { zh: '尝试次数过多', en: 'Too many tries' }, remedy: { zh: '请稍候再试。', en: 'Wait a while and try again.' } },
  'password-wrong': { title: { zh: '密码错误', en: 'The password is wrong' }, remedy: { zh: '请核对后重新输入；多次错误后需等待一段时间。', en: 'Type it again. After several wrong ones there is a pause.' } },
  'password-paused': { title: { zh: '密码错误次数过多', en: 'The password was wrong too often' }, remedy: { zh: '请稍后再试。', en: 'Wait a while and try again.' } },
  'contract-ended': { title: { zh: '合同已终止', en: 'The contract has ended' }, remedy: { zh: '如有疑问，请联系发起方。', en: 'Ask the sender if you have questions.' } },
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
