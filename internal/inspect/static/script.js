// Live updates for the inspector. Every page also works without this script, because the server renders the pages.
"use strict";

const region = document.querySelector("[data-live]");

// location.origin has no user and password. Browsers refuse to fetch a relative URL if the page's URL contains them.
const origin = location.origin;

// refresh fetches this page again and replaces the live region. Only the server renders the page and applies its filters.
// After each refresh the script waits four times as long as the refresh took. So an expensive page on a busy service is
// requested at most a fifth of the time.
let refreshing = false;
let refreshPending = false;
async function refresh() {
	if (refreshing) {
		refreshPending = true;
		return;
	}
	refreshing = true;
	const startTime = performance.now();
	try {
		const response = await fetch(origin + location.pathname + location.search, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(10000) });
		if (response.ok) {
			replace(new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-live]"));
		}
	} catch {
		// The service does not respond. The next event or the next interval tries again.
	}
	setTimeout(() => {
		refreshing = false;
		if (refreshPending) {
			refreshPending = false;
			refresh();
		}
	}, 4 * (performance.now() - startTime));
}

// replace shows the new content. It keeps the focus and the open details, and highlights new items. If nothing changed,
// it does not touch the page, so that the user's selection and scroll position stay.
let currentHTML = region?.innerHTML;
function replace(next) {
	if (!next || next.innerHTML === currentHTML) {
		return;
	}
	currentHTML = next.innerHTML;
	const items = ".list a[id], .leg[id]";
	const knownIDs = new Set([...region.querySelectorAll(items)].map((item) => item.id));
	const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
	for (const open of region.querySelectorAll("details[id][open]")) {
		next.querySelector("#" + open.id)?.setAttribute("open", "");
	}
	let added = 0;
	for (const item of next.querySelectorAll(items)) {
		if (!knownIDs.has(item.id)) {
			added++;
			item.closest("li, .leg").classList.add("added");
		}
	}
	region.replaceChildren(...document.adoptNode(next).childNodes);
	showButtons();
	if (focused) {
		document.getElementById(focused)?.focus({ preventScroll: true });
	}
	if (added > 0) {
		announce(added === 1 ? "1 new item." : added + " new items.");
	}
}

// announce gives a message to screen readers.
function announce(message) {
	document.getElementById("live-message").textContent = message;
}

// openStream opens the event stream while the page is visible. A browser allows only six connections to a host, so streams
// of background pages would block new pages. When the stream opens, the page refreshes and shows all changes since the
// last refresh. The browser does not reopen a stream that the server refused, so this function tries again.
let events = null;
function openStream() {
	if (events || document.hidden) {
		return;
	}
	events = new EventSource(origin + "/events");
	events.onopen = events.onmessage = refresh;
	events.onerror = () => {
		if (events?.readyState === EventSource.CLOSED) {
			events = null;
			setTimeout(openStream, 5000);
		}
	};
}

function closeStream() {
	events?.close();
	events = null;
}

if (region) {
	openStream();
	document.addEventListener("visibilitychange", () => (document.hidden ? closeStream() : openStream()));
	addEventListener("pagehide", closeStream);
	addEventListener("pageshow", openStream);
	const seconds = Number(region.dataset.live);
	if (seconds > 0) {
		setInterval(() => { if (!document.hidden) refresh(); }, seconds * 1000);
	}
}

// Buttons that need JavaScript are hidden until the script shows them. One listener serves the buttons of each refresh too.
const actions = { copy, unfold, listen };
function showButtons() {
	const available = { copy: Boolean(navigator.clipboard), unfold: true, listen: localVoices().length > 0 };
	for (const action of Object.keys(actions)) {
		for (const button of document.querySelectorAll(`[data-${action}]`)) {
			button.hidden = !available[action];
		}
	}
}

document.addEventListener("click", (event) => {
	for (const [action, run] of Object.entries(actions)) {
		const button = event.target.closest?.(`button[data-${action}]`);
		if (button) {
			run(button, document.getElementById(button.dataset[action]));
		}
	}
});

// copy copies the whole text of an element, folded parts included.
async function copy(button, source) {
	const text = button.firstChild; // before the words for screen readers
	const label = button.dataset.text ??= text.data;
	try {
		await navigator.clipboard.writeText(source.textContent);
		text.data = "Copied";
		announce("Copied.");
	} catch { // permission was denied, or the page does not have the focus
		text.data = "Not allowed: select the text";
		announce("The browser did not allow copying. Select the text and copy it.");
	}
	setTimeout(() => { text.data = label; }, 3000);
}

// unfold opens all parts of a JSON document. The next click folds all but the outermost.
function unfold(button, source) {
	const text = button.firstChild;
	const open = text.data === "Unfold all";
	source.closest("details.whole")?.setAttribute("open", "");
	for (const part of source.querySelectorAll("details")) {
		part.open = open || part.parentElement === source;
	}
	text.data = open ? "Fold all" : "Unfold all";
}

// localVoices returns the voices of this computer. Other voices send the text to a server.
function localVoices() {
	return globalThis.speechSynthesis?.getVoices().filter((voice) => voice.localService) ?? [];
}

// listen reads an element aloud, or stops if it is being read. Each sentence is an utterance of its own, because browsers
// break off long ones.
let stopSpeaking = () => {};
function listen(button, source) {
	const wasSpeaking = button.dataset.speaking;
	stopSpeaking();
	if (wasSpeaking) {
		return;
	}
	const locale = button.dataset.locale || document.documentElement.lang;
	const voices = localVoices();
	const language = (tag) => tag.replace("_", "-").split("-")[0].toLowerCase();
	const voice = voices.find((v) => v.lang.replace("_", "-").toLowerCase() === locale.toLowerCase()) ??
		voices.find((v) => language(v.lang) === language(locale)) ?? voices.find((v) => v.default) ?? voices[0];
	button.dataset.speaking = "true";
	button.textContent = "Stop";
	let ended = false;
	stopSpeaking = () => {
		ended = true;
		stopSpeaking = () => {};
		speechSynthesis.cancel();
		delete button.dataset.speaking;
		button.textContent = "Play";
	};
	const sentences = source.textContent.trim().match(/[^.!?…。！？]+[.!?…。！？]*["”’)\]]*\s*/gu) ?? [];
	let left = sentences.length;
	for (const sentence of sentences) {
		const speech = new SpeechSynthesisUtterance(sentence);
		speech.voice = voice;
		speech.lang = voice.lang;
		speech.onerror = () => { if (!ended) stopSpeaking(); };
		speech.onend = () => { if (--left === 0 && !ended) stopSpeaking(); };
		speechSynthesis.speak(speech);
	}
}

globalThis.speechSynthesis?.addEventListener?.("voiceschanged", showButtons); // browsers load voices after the page
addEventListener("pagehide", () => stopSpeaking());
showButtons();
