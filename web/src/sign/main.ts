import { createApp } from 'vue';
import { declareLanguage } from '../shared/language';
import { SigningApi } from './api';
import App from './App.vue';
import { tellApp } from './bridge';
import { asksToPair, describeDevice, linkIn } from './browser';
import { Flow } from './flow';
import { Memory } from './memory';
import './style.css';

const flow = new Flow(new SigningApi(), new Memory(sessionStorage), {
  device: describeDevice,
  newKey: () => crypto.randomUUID(),
  linkOpened: () => history.replaceState(null, '', location.pathname + location.search),
  tell: tellApp,
});

declareLanguage();
createApp(App, { flow }).mount('#app');
if (!isSecureContext) flow.block('secure-context');
else if (asksToPair(location.hash)) flow.askForPairing();
else void flow.start(linkIn(location.hash));

addEventListener('pagehide', () => flow.left());

// Another link, or the next signer of a counter, in the same tab changes the fragment alone.
addEventListener('hashchange', () => {
  if (linkIn(location.hash) !== null || asksToPair(location.hash)) location.reload();
});
