// What makes the page live. Without it everything can be read and asked all the same: the server makes the pages.
"use strict";

const region = document.querySelector("[data-live]");

// Not the page's own address: where that has user and password in it, a browser fetches nothing that is relative to it.
const here = location.origin;

// refresh asks for this very page again, and puts its live region into the place of the one that is shown. The server is
// the one place that makes it, filters included. Between two times it rests four times as long as the last one took: a page
// that is dear to make, on a service that has much to do, is asked for a fifth of the time at the most.
let refreshing = false;
let again = false;
async function refresh() {
	if (refreshing) {
		again = true;
		return;
	}
	refreshing = true;
	const began = performance.now();
	try {
		const answer = await fetch(here + location.pathname + location.search, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(10000) });
		if (answer.ok) {
			replace(new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]"));
		}
	} catch {
		// the service is not there: the next news, or the next minute, tells more
	}
	setTimeout(() => {
		refreshing = false;
		if (again) {
			again = false;
			refresh();
		}
	}, 4 * (performance.now() - began));
}

// replace keeps what is focused and what is open, and marks what was not there before. Where nothing has changed the page
// is left alone, and with it what somebody reads there or has selected.
let shown = region?.innerHTML;
function replace(next) {
	if (!next || next.innerHTML === shown) {
		return;
	}
	shown = next.innerHTML;
	const items = ".list a[id], .leg[id]";
	const known = new Set([...region.querySelectorAll(items)].map((item) => item.id));
	const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
	for (const open of region.querySelectorAll("details[id][open]")) {
		next.querySelector("#" + open.id)?.setAttribute("open", "");
	}
	let fresh = 0;
	for (const item of next.querySelectorAll(items)) {
		if (!known.has(item.id)) {
			fresh++;
			item.closest("li, .leg").classList.add("fresh");
		}
	}
	region.replaceChildren(...document.adoptNode(next).childNodes);
	if (focused) {
		document.getElementById(focused)?.focus({ preventScroll: true });
	}
	if (fresh > 0) {
		document.getElementById("news").textContent = fresh === 1 ? "One is new." : fresh + " are new.";
	}
}

// watch asks for the events while the page is looked at: a browser has six connections to a host and no more, and those
// of pages in the background would leave none to open another one with. What happened meanwhile the page shows when the
// stream is open, as it begins with the next event. A stream that was refused, as when the service is ending, the browser
// gives up for good.
let events = null;
function watch() {
	if (events || document.hidden) {
		return;
	}
	events = new EventSource(here + "/events");
	events.onopen = events.onmessage = refresh;
	events.onerror = () => {
		if (events?.readyState === EventSource.CLOSED) {
			events = null;
			setTimeout(watch, 5000);
		}
	};
}

function leave() {
	events?.close();
	events = null;
}

if (region) {
	watch();
	document.addEventListener("visibilitychange", () => (document.hidden ? leave() : watch()));
	addEventListener("pagehide", leave);
	addEventListener("pageshow", watch);
	const seconds = Number(region.dataset.live);
	if (seconds > 0) {
		setInterval(() => { if (!document.hidden) refresh(); }, seconds * 1000);
	}
}

// Buttons that need a script appear with it.
for (const button of document.querySelectorAll("[data-copy]")) {
	button.hidden = !navigator.clipboard;
	button.addEventListener("click", async () => {
		try {
			await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
		} catch { // the operator has not allowed it, or looks at something else
			document.getElementById("news").textContent = "The browser does not let the command be copied.";
			button.textContent = "Not allowed: select it";
			return;
		}
		button.textContent = "Copied";
		document.getElementById("news").textContent = "The command is copied.";
		setTimeout(() => { button.textContent = "Copy as curl"; }, 2000);
	});
}

// Listening: the browser's own voice, which needs nobody else.
for (const button of document.querySelectorAll("[data-listen]")) {
	button.hidden = !("speechSynthesis" in window);
	button.addEventListener("click", () => {
		const talking = speechSynthesis.speaking;
		speechSynthesis.cancel();
		if (talking) {
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
