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

// The server renders buttons that need JavaScript hidden. The script shows them if the browser supports the feature.
for (const button of document.querySelectorAll("[data-copy]")) {
	button.hidden = !navigator.clipboard;
	button.addEventListener("click", async () => {
		try {
			await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
		} catch { // permission was denied, or the page does not have the focus
			announce("The browser did not allow copying. Select the command and copy it.");
			button.textContent = "Not allowed: select the text";
			return;
		}
		button.textContent = "Copied";
		announce("The command was copied.");
		setTimeout(() => { button.textContent = "Copy as curl"; }, 2000);
	});
}

// Listen buttons use the browser's speech synthesis, without an external service.
for (const button of document.querySelectorAll("[data-listen]")) {
	button.hidden = !("speechSynthesis" in window);
	button.addEventListener("click", () => {
		const wasSpeaking = speechSynthesis.speaking;
		speechSynthesis.cancel();
		if (wasSpeaking) {
			return;
		}
		const speech = new SpeechSynthesisUtterance(document.getElementById(button.dataset.listen).lastChild.textContent.trim());
		if (button.dataset.locale) {
			speech.lang = button.dataset.locale;
		}
		button.textContent = "Stop";
		speech.onend = speech.onerror = () => { button.textContent = "Listen"; };
		speechSynthesis.speak(speech);
	});
}
