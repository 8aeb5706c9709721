// The training room's page: asks for the state once a second while somebody looks, and shows it.
// Whatever people wrote is put in as text, never as markup.
"use strict";

const SLOW_MS = 1000;
const QUICK_MS = 300; // while the clock moves
const RING_MS = 6000;

const get = (id) => document.getElementById(id);
const phones = new Map(); // by key: what is on the page for it
const complaints = new Map(); // by number
let shown = ""; // the state as it was last shown
let latest = null;
let chosen = ""; // the card that a narrow screen shows
let timer = 0;
let asking = false;

// --- asking and telling -----------------------------------------------------------------------

async function look() {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  try {
    const unit = new URLSearchParams(location.search).get("unit") || "";
    const answer = await fetch(`/simulator/state?unit=${encodeURIComponent(unit)}`);
    const text = await answer.text();
    if (!answer.ok) throw new Error(messageIn(text));
    if (text !== shown) {
      latest = JSON.parse(text);
      show(latest);
      shown = text;
    }
    if (get("notice").dataset.lost) tell("");
  } catch (error) {
    tell(error instanceof TypeError ? "Layanan tidak menjawab." : error.message, true);
  } finally {
    asking = false;
    const moving = latest && latest.clock.moving;
    if (!document.hidden) timer = setTimeout(look, moving ? QUICK_MS : SLOW_MS);
  }
}

async function change(name, body) {
  try {
    const answer = await fetch(`/simulator/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Ingat-Simulator": "1" },
      body: JSON.stringify(body),
    });
    tell(answer.ok ? "" : messageIn(await answer.text()));
    return answer.ok;
  } catch {
    tell("Layanan tidak menjawab.");
    return false;
  } finally {
    look();
  }
}

function messageIn(text) {
  try {
    return JSON.parse(text).message || "Permintaan ditolak.";
  } catch {
    return "Permintaan ditolak.";
  }
}

function tell(text, lost = false) {
  const notice = get("notice");
  notice.hidden = !text;
  if (notice.textContent !== text) notice.textContent = text;
  if (lost) notice.dataset.lost = "1";
  else delete notice.dataset.lost;
}

// --- showing ----------------------------------------------------------------------------------

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function show(state) {
  showClock(state.clock);
  const banner = state.stopped
    ? "Semua pengingat sedang dihentikan (stop-all): tidak ada pesan yang keluar."
    : state.shadow
      ? "Mode SHADOW: semua diputuskan, tidak ada pesan pengingat yang keluar."
      : state.clock.failed
        ? "Jam latihan berhenti di tengah jalan; majukan lagi."
        : state.clock.quiet && !state.clock.moving && !state.empty
          ? "Hari libur atau jam tenang: pengingat kepada petugas menunggu. Tekan “ke 08.00” untuk memulai hari kerja."
          : "";
  get("banner").hidden = !banner;
  put(get("banner"), banner);
  get("empty").hidden = !state.empty;
  get("desk").hidden = state.phones.length === 0;
  get("units").hidden = state.units.length === 0;
  fill(get("unit"), state.units, state.unit);
  showPhones(state.phones);
  showComplaints(state);
  showTabs(state);
}

function showClock(clock) {
  put(get("now"), clock.now);
  get("day").title = clock.day; // a long name of a holiday is cut
  put(get("day"), clock.moving ? `→ ${clock.moving.goal}` : `${clock.zone} · ${clock.day}`);
  for (const button of document.querySelectorAll("[data-leap]")) button.disabled = !!clock.moving;
  get("move").hidden = !clock.moving;
  if (clock.moving) get("part").value = clock.moving.part;
}

function fill(select, units, value) {
  const known = units.map((unit) => `${unit.id} ${unit.name}`).join("\n");
  if (select.dataset.known !== known) {
    select.dataset.known = known;
    select.replaceChildren(...units.map((unit) => new Option(unit.name, unit.id)));
    if (value !== null) select.value = value;
  }
}

function showPhones(list) {
  const first = phones.size === 0;
  const keys = new Set(list.map((phone) => phone.key));
  for (const [key, card] of phones) {
    if (!keys.has(key)) {
      card.root.remove();
      phones.delete(key);
    }
  }
  const rang = [];
  list.forEach((phone) => {
    const isNew = !phones.has(phone.key);
    const card = phones.get(phone.key) || addPhone(phone);
    put(card.role, phone.role);
    put(card.small, phone.title ? `${phone.title}` : phone.channel);
    card.small.title = `${phone.title} ${phone.channel}`.trim();
    const arrived = addMessages(card, phone.messages);
    if (arrived && !isNew && !first) {
      ring(card, arrived);
      rang.push(phone.title || phone.role);
    }
    showReplies(card, phone.replies);
  });
  arrange(list.map((phone) => phones.get(phone.key).root));
  if (rang.length) put(get("live"), `Pesan baru: ${rang.join(", ")}`);
}

// Citizens, Kominfo's desk, the rest. What lies right is not touched: it may be written in.
function arrange(roots) {
  const table = get("table");
  const citizens = roots.filter((root) => root.dataset.key.startsWith("warga"));
  const others = roots.filter((root) => !citizens.includes(root));
  [...citizens, get("desk"), ...others].forEach((root, place) => {
    if (table.children[place] !== root) table.insertBefore(root, table.children[place] || null);
  });
}

function addPhone(phone) {
  const root = get("phone").content.firstElementChild.cloneNode(true);
  const card = {
    key: phone.key,
    root,
    role: root.querySelector(".role"),
    small: root.querySelector("small"),
    unread: root.querySelector(".unread"),
    list: root.querySelector(".messages"),
    replies: root.querySelector(".replies"),
    text: root.querySelector("textarea"),
    send: root.querySelector("[type=submit]"),
    ids: new Set(),
    count: 0,
    known: "",
  };
  const name = phone.title || phone.role;
  root.dataset.key = phone.key;
  root.setAttribute("aria-label", `Telepon ${name}`);
  card.list.setAttribute("aria-label", `Pesan di telepon ${name}`);
  card.text.setAttribute("aria-label", `Tulis pesan dari telepon ${name}`);
  card.replies.setAttribute("aria-label", `Isi balasan di telepon ${name}`);
  root.addEventListener("focusin", () => read(card));
  root.addEventListener("click", () => read(card));
  root.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    say(card, false);
  });
  card.text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      say(card, false);
    }
  });
  const place = root.querySelector(".place");
  place.hidden = !phone.place;
  place.setAttribute("aria-label", `Kirim lokasi contoh dari telepon ${name}`);
  place.addEventListener("click", () => say(card, true));
  phones.set(phone.key, card);
  return card;
}

async function say(card, place) {
  const text = card.text.value;
  if (card.send.disabled || (!place && !text.trim())) return;
  card.send.disabled = true;
  const sent = await change("say", { phone: card.key, text, place });
  card.send.disabled = false;
  if (sent && card.text.value === text) card.text.value = "";
}

// Adds what is not there yet; returns how many of them were received.
function addMessages(card, messages) {
  const list = card.list;
  const ids = messages.map((message) => message.id);
  const fresh = messages.filter((message) => !card.ids.has(message.id));
  if (!fresh.length) return 0;
  const low = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const present = new Set(ids);
  for (const item of [...list.children]) if (!present.has(item.dataset.id)) item.remove();
  card.ids = present;
  for (const message of fresh) list.append(bubble(message));
  // Both ways may have come at once: the state has them in order.
  const items = new Map([...list.children].map((item) => [item.dataset.id, item]));
  ids.forEach((id, place) => {
    if (list.children[place] !== items.get(id)) list.insertBefore(items.get(id), list.children[place]);
  });
  if (low || fresh.some((message) => message.way === "out")) list.scrollTop = list.scrollHeight;
  return fresh.filter((message) => message.way === "in").length;
}

function bubble(message) {
  const item = document.createElement("li");
  item.dataset.id = message.id;
  item.className = message.way;
  const line = (text, kind) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = text;
    if (kind) paragraph.className = kind;
    item.append(paragraph);
  };
  if (message.text) line(message.text);
  if (message.place) line(`Lokasi: ${message.place}`, "where");
  if (message.failed) line("Tidak dapat dibaca", "bad");
  const time = document.createElement("time");
  time.textContent = message.at;
  item.append(time);
  return item;
}

function showReplies(card, replies) {
  const known = replies.join("\n");
  if (card.known === known) return;
  card.known = known;
  const place = card.replies.querySelector(".place");
  card.replies.replaceChildren(
    ...replies.map((reply) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = reply.trim();
      button.addEventListener("click", () => {
        card.text.value = reply;
        card.text.focus();
      });
      return button;
    }),
    place,
  );
}

function ring(card, count) {
  const visible = card.key === chosen && get("tabs").offsetParent;
  if (!visible && !card.root.contains(document.activeElement)) card.count += count;
  card.root.classList.add("rings");
  setTimeout(() => card.root.classList.remove("rings"), RING_MS);
  showCount(card);
}

function showCount(card) {
  card.unread.hidden = !card.count;
  put(card.unread, card.count ? String(card.count) : "");
  if (card.count) card.unread.setAttribute("aria-label", `${card.count} pesan baru`);
}

function read(card) {
  if (!card.count) return;
  card.count = 0;
  showCount(card);
  if (latest) showTabs(latest);
}

// --- Kominfo's desk ---------------------------------------------------------------------------

function showComplaints(state) {
  get("none").hidden = state.complaints.length > 0;
  const list = get("complaints");
  const numbers = new Set(state.complaints.map((one) => one.number));
  for (const [number, row] of complaints) {
    if (!numbers.has(number)) {
      row.remove();
      complaints.delete(number);
    }
  }
  for (const one of [...state.complaints].reverse()) {
    const row = complaints.get(one.number) || addComplaint(one, list);
    put(row.querySelector(".number"), one.number);
    put(row.querySelector(".status"), one.unit ? `${one.status} · ${one.unit}` : one.status);
    put(row.querySelector(".title"), one.title);
    row.querySelector(".verify").hidden = !one.verify;
    put(row.querySelector(".dispose"), one.unit ? "Disposisi ulang" : "Disposisi");
    for (const part of row.querySelectorAll(".to, .dispose")) part.hidden = !one.dispose;
    fill(row.querySelector(".to"), state.units, state.unit);
  }
}

function addComplaint(one, list) {
  const row = get("complaint").content.firstElementChild.cloneNode(true);
  const number = one.number;
  const to = row.querySelector(".to");
  to.setAttribute("aria-label", `OPD tujuan aduan ${number}`);
  const verify = row.querySelector(".verify");
  verify.setAttribute("aria-label", `Verifikasi aduan ${number}`);
  verify.addEventListener("click", () => once(verify, () => change("verify", { number })));
  const dispose = row.querySelector(".dispose");
  dispose.setAttribute("aria-label", `Disposisi aduan ${number}`);
  dispose.addEventListener("click", () =>
    once(dispose, () => change("dispose", { number, unit: Number(to.value) })),
  );
  complaints.set(number, row);
  list.prepend(row);
  return row;
}

async function once(button, work) {
  button.disabled = true;
  await work();
  button.disabled = false;
}

// --- tabs of a narrow screen ------------------------------------------------------------------

function showTabs(state) {
  const tabs = get("tabs");
  const keys = [...get("table").children].filter((one) => !one.hidden).map((one) => one.dataset.key);
  if (!keys.includes(chosen)) chosen = keys[0] || "";
  const byKey = new Map(state.phones.map((phone) => [phone.key, phone]));
  const parts = keys.map((key) => {
    const name = byKey.has(key) ? byKey.get(key).role : "Meja Kominfo";
    return { key, name, count: phones.has(key) ? phones.get(key).count : 0 };
  });
  const known = JSON.stringify([parts, chosen]);
  if (tabs.dataset.known !== known) {
    tabs.dataset.known = known;
    const focused = tabs.contains(document.activeElement);
    tabs.replaceChildren(...parts.map(tab));
    if (focused) tabs.querySelector("[aria-current=true]").focus();
  }
  for (const card of get("table").children) card.classList.toggle("chosen", card.dataset.key === chosen);
}

function tab(part) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = part.name;
  if (part.key === chosen) button.setAttribute("aria-current", "true");
  if (part.count) {
    const badge = document.createElement("b");
    badge.textContent = String(part.count);
    badge.setAttribute("aria-label", `${part.count} pesan baru`);
    button.append(badge);
  }
  button.addEventListener("click", () => {
    chosen = part.key;
    const card = phones.get(part.key);
    if (card) card.count = 0;
    if (card) showCount(card);
    showTabs(latest);
    if (card) card.list.scrollTop = card.list.scrollHeight;
    get("tabs").querySelector("[aria-current=true]").scrollIntoView({ inline: "center", block: "nearest" });
  });
  return button;
}

// --- the beginning ----------------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-leap]"))
  button.addEventListener("click", () => change("clock", { leap: button.dataset.leap }));
get("example").addEventListener("click", (event) =>
  once(event.currentTarget, () => change("example", {})),
);
get("unit").addEventListener("change", (event) => {
  const place = new URL(location.href);
  place.searchParams.set("unit", event.target.value);
  history.replaceState(null, "", place);
  look();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
look();
