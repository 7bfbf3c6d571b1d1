// The web chat: shows the lines of one conversation as they come, and sends what the visitor writes, presses
// or attaches. Nothing that was typed is lost: what could not be sent is kept and sent again with its key.
'use strict';
(function () {
  var vi = {
    tagline: 'Gửi sáng kiến, ý tưởng mới', attach: 'Gửi ảnh hoặc tệp', write: 'Viết tin nhắn', placeholder: 'Viết ở đây…', send: 'Gửi',
    file: 'Tệp: ', us: 'Hệ thống: ', you: 'Anh/chị: ', lost: 'Đang kết nối lại…', waiting: 'Chưa gửi được. Anh/chị không phải viết lại: trang này sẽ tự gửi lại, xin đừng đóng.', copied: 'Đã chép',
    remove: 'Bỏ', uploading: 'Đang gửi tệp…', log: 'Cuộc trò chuyện', big: 'Mỗi tệp không quá 20 MB, nhiều nhất 10 tệp một lần.'
  };
  var en = {
    tagline: 'Send in your ideas', attach: 'Send a photo or file', write: 'Write a message', placeholder: 'Write here…', send: 'Send',
    file: 'File: ', us: 'System: ', you: 'You: ', lost: 'Connecting again…', waiting: 'Not sent yet. No need to write it again: this page will send it, please keep it open.', copied: 'Copied',
    remove: 'Remove', uploading: 'Sending files…', log: 'Conversation', big: 'Each file up to 20 MB, at most 10 at once.'
  };
  var lang = (navigator.language || 'vi').slice(0, 2) === 'en' ? 'en' : 'vi';
  var t = lang === 'en' ? en : vi;
  var $ = function (id) { return document.getElementById(id); };
  var log = $('log'), text = $('text'), state = $('state'), problem = $('error'), picker = $('files'), chosen = $('chosen');
  var store = {
    get: function (k) { try { return JSON.parse(localStorage.getItem(k)); } catch (e) { return null; } },
    set: function (k, v) { try { localStorage.setItem(k, JSON.stringify(v)); } catch (e) { /* private window: kept while open */ } }
  };
  var outbox = store.get('outbox') || [];  // what is not acknowledged yet, oldest first
  var shown = {};                          // list items by key or number
  var picked = [];
  var busy = false, sending = null; // the files that are on their way, with their key: sent again they are the same answer

  document.documentElement.lang = lang;
  document.querySelectorAll('[data-t]').forEach(function (e) { e.textContent = t[e.dataset.t]; });
  text.placeholder = t.placeholder;
  log.setAttribute('aria-label', t.log);
  text.value = store.get('draft') || '';

  function key() {
    var b = new Uint8Array(16), s = '';
    crypto.getRandomValues(b);
    b.forEach(function (x) { s += (x + 256).toString(16).slice(1); });
    return s;
  }

  function element(tag, className, content) {
    var e = document.createElement(tag);
    if (className) { e.className = className; }
    if (content !== undefined) { e.textContent = content; }
    return e;
  }

  // line makes the list item of one line. Text is only ever set as text, never as markup.
  function line(seq, mine, entry) {
    var li = element('li', mine ? 'mine' : 'ours');
    var words = element('div', 'words');
    words.appendChild(element('span', 'hidden', mine ? t.you : t.us));
    (entry.text || []).forEach(function (s) { words.appendChild(element(s.b ? 'strong' : 'span', '', s.t)); });
    (entry.files || []).forEach(function (name) { words.appendChild(element('div', '', t.file + name)); });
    if (entry.file) { words.appendChild(attached(seq, entry.file)); }
    li.appendChild(words);
    if (entry.buttons) { li.appendChild(buttons(seq, entry.buttons)); }
    return li;
  }

  // attached shows a picture, or a link that saves any other file.
  function attached(seq, file) {
    var a = element('a', 'file'), address = '/chat/api/file/' + seq;
    a.href = address;
    if (file.kind === 'photo') {
      var img = element('img');
      img.src = address; img.alt = file.name || t.file; img.addEventListener('load', bottom);
      img.addEventListener('error', function () { a.textContent = t.file + (file.name || ''); }); // kept no longer
      a.target = '_blank'; a.rel = 'noopener'; a.appendChild(img);
    } else {
      a.download = file.name || ''; a.textContent = t.file + (file.name || '');
    }
    return a;
  }

  function buttons(seq, rows) {
    var box = element('div', 'buttons');
    rows.forEach(function (row) {
      var div = element('div');
      row.forEach(function (b) {
        var e;
        if (b.url) {
          e = element('a', '', b.label); e.href = b.url; e.rel = 'noopener';
        } else {
          e = element('button', b.main ? 'main' : '', b.label); e.type = 'button';
          e.addEventListener('click', function () { b.copy ? copy(e, b.copy) : press(seq, b, box); });
        }
        div.appendChild(e);
      });
      box.appendChild(div);
    });
    return box;
  }

  function copy(button, value) {
    var done = function () { var was = button.textContent; button.textContent = t.copied; setTimeout(function () { button.textContent = was; }, 2000); };
    if (navigator.clipboard) { navigator.clipboard.writeText(value).then(done, function () {}); return; }
    var area = element('textarea'); area.value = value; document.body.appendChild(area); area.select();
    try { document.execCommand('copy'); done(); } finally { area.remove(); }
  }

  // retire shows, and tells who cannot see it, that a button belongs to what is over. It can still be pressed, and says so then.
  function retire(box) {
    if (!box) { return; }
    box.classList.add('used');
    box.querySelectorAll('button').forEach(function (b) { b.setAttribute('aria-disabled', 'true'); });
  }

  var fine = matchMedia('(pointer: fine)').matches; // a mouse, and so no keyboard that covers half of the screen

  function press(seq, b, box) {
    retire(box);
    queue({ key: key(), press: b.data, line: seq, label: b.label });
  }

  function bottom() { var m = log.parentNode; m.scrollTop = m.scrollHeight; }

  // follow brings a new line into view: from its top, when it is longer than the screen.
  function follow(li) { bottom(); if (li.offsetHeight > log.parentNode.clientHeight) { li.scrollIntoView(true); } }

  function receive(e) {
    var d = JSON.parse(e.data);
    if (d.entry.retire) {
      var old = shown[d.entry.retire];
      if (old) { retire(old.querySelector('.buttons')); }
      return;
    }
    if (shown[d.seq]) { return; }
    var li = line(d.seq, d.mine, d.entry), waiting = d.key && shown[d.key], earlier = shown[d.entry.edit];
    if (earlier) { // it stands where the earlier line stood, and the page does not move
      li.className = earlier.className;
      log.replaceChild(li, earlier);
      shown[d.seq] = shown[d.entry.edit] = li;
      return;
    }
    if (waiting) { log.replaceChild(li, waiting); } else { log.appendChild(li); }
    shown[d.seq] = li;
    if (d.key) { shown[d.key] = li; }
    if (!d.mine) {
      var last = log.querySelector('.latest');
      if (last) { last.classList.remove('latest'); }
      li.classList.add('latest');
    }
    follow(li);
    if (!d.mine && d.entry.buttons && !fine) { text.blur(); } // the choices are behind the keyboard
  }

  // queue keeps a message until the server has it, and shows it at once.
  function queue(m) {
    m.lang = lang;
    outbox.push(m);
    store.set('outbox', outbox);
    if (!m.quiet) {
      var li = line(0, true, { text: [{ t: m.label || m.text }] });
      li.classList.add('unsent');
      shown[m.key] = li;
      log.appendChild(li);
      bottom();
    }
    flush();
  }

  function say(words) {
    if (problem.textContent === (words || '')) { return; }
    problem.textContent = words || '';
    problem.hidden = !words;
    bottom();
  }

  // soon cuts a request off that nobody answers.
  function soon(ms) {
    if (!window.AbortController) { return undefined; }
    var c = new AbortController();
    setTimeout(function () { c.abort(); }, ms);
    return c.signal;
  }

  // later fails with the server's words, if it has any, where it does not take now what was sent; null: it does.
  function later(r) {
    if (r.status !== 429 && r.status < 500) { return null; }
    var seconds = Math.min(Number(r.headers.get('Retry-After')) || 2, 60);
    return r.json().then(function (p) { return p[lang]; }, function () { return ''; }).then(function (words) { throw { words: words, seconds: seconds }; });
  }

  function flush() {
    if (busy || !outbox.length) { return; }
    busy = true;
    fetch('/chat/api/send', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(outbox[0]), credentials: 'same-origin', signal: soon(20000) })
      .then(function (r) {
        if (r.ok) { return done(); }
        return later(r) || r.json().then(function (p) { done(); say(p[lang]); });
      })
      .catch(function (e) { busy = false; say(e.words || t.waiting); setTimeout(flush, (e.seconds || 2) * 1000); });
  }

  function done() {
    var sent = outbox.shift();
    store.set('outbox', outbox);
    if (shown[sent.key]) { shown[sent.key].classList.remove('unsent'); }
    busy = false;
    say('');
    flush();
  }

  // upload sends the chosen files. What does not arrive stays chosen, and is sent again until it does or is changed.
  function upload() {
    if (sending) { return; }
    var mine = sending = { key: key(), files: picked, text: text.value.trim() };
    (function again() {
      if (sending !== mine) { return; }
      var body = new FormData();
      body.append('key', mine.key); body.append('lang', lang); body.append('text', mine.text);
      mine.files.forEach(function (f) { body.append('file', f, f.name); });
      state.textContent = t.uploading;
      fetch('/chat/api/upload', { method: 'POST', body: body, credentials: 'same-origin' }).then(function (r) {
        return later(r) || taken(r);
      }).catch(function (e) {
        state.textContent = '';
        if (sending === mine) { say(e.words || t.waiting); setTimeout(again, (e.seconds || 3) * 1000); }
      });
    }());
    function taken(r) {
      state.textContent = ''; sending = null;
      if (!r.ok) { return r.json().then(function (p) { say(p[lang]); }, function () { say(t.waiting); }); }
      if (picked === mine.files) { picked = []; pick(); }
      if (text.value.trim() === mine.text) { clear(); }
      say('');
    }
  }

  function pick() {
    chosen.textContent = '';
    chosen.hidden = !picked.length;
    picked.forEach(function (f, i) {
      var li = element('li', '', f.name), b = element('button', '', t.remove);
      b.type = 'button'; b.setAttribute('aria-label', t.remove + ': ' + f.name);
      b.addEventListener('click', function () { picked = picked.slice(0, i).concat(picked.slice(i + 1)); sending = null; pick(); });
      li.appendChild(b);
      chosen.appendChild(li);
    });
  }

  function grow() { text.style.height = 'auto'; text.style.height = Math.min(text.scrollHeight + 4, innerHeight * 0.4) + 'px'; }
  function clear() { text.value = ''; store.set('draft', ''); grow(); }

  picker.addEventListener('change', function () {
    var all = picked.concat([].slice.call(picker.files));
    picker.value = '';
    if (all.length > 10 || all.some(function (f) { return f.size > 20 << 20; })) { say(t.big); return; }
    say(''); picked = all; sending = null; pick();
  });
  text.addEventListener('input', function () { store.set('draft', text.value); grow(); });
  text.addEventListener('keydown', function (e) {
    if (e.key === 'Enter' && !e.shiftKey && !e.isComposing && fine) { e.preventDefault(); submit(); }
  });
  $('composer').addEventListener('submit', function (e) { e.preventDefault(); submit(); });

  function submit() {
    if (picked.length) { upload(); return; }
    var words = text.value.trim();
    if (!words) { text.focus(); return; }
    clear();
    queue({ key: key(), text: words });
    text.focus();
  }

  // A link can carry an invitation or a campaign: /chat#start=moi-…
  function begin(empty) {
    var m = /[#&]start=([A-Za-z0-9_-]{1,64})/.exec(location.hash);
    if (m) {
      history.replaceState(null, '', '/chat');
      queue({ key: key(), text: '/start ' + m[1], quiet: true });
    } else if (empty && !outbox.length) {
      queue({ key: key(), text: '/start', quiet: true });
    }
  }

  var begun = false;
  var events = new EventSource('/chat/api/events');
  events.onmessage = receive;
  events.onopen = function () { state.textContent = ''; flush(); };
  events.onerror = function () { state.textContent = t.lost; };
  events.addEventListener('ready', function (e) { if (!begun) { begun = true; begin(e.data === '0'); } });
  outbox.forEach(function (m) {
    if (m.quiet) { return; }
    var li = line(0, true, { text: [{ t: m.label || m.text }] });
    li.classList.add('unsent'); shown[m.key] = li; log.appendChild(li);
  });
  // The keyboard of a phone takes half of the screen: what is asked stays in sight.
  function resized() { var last = log.querySelector('.latest'); if (last) { follow(last); } }
  addEventListener('resize', resized);
  if (window.visualViewport) { visualViewport.addEventListener('resize', resized); }
  grow();
}());
