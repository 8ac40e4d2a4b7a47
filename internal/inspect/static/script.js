// What makes the page live. Without it everything can be read and asked all the same: the server makes the pages.
"use strict";

const region = document.querySelector("[data-live]");

// refresh asks for this very page again, and puts its live region into the place of the one that is shown. The server is
// the one place that makes it, filters included.
let refreshing = false;
let again = false;
async function refresh() {
	if (refreshing) {
		again = true;
		return;
	}
	refreshing = true;
	try {
		const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
		if (answer.ok) {
			replace(new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]"));
		}
	} catch {
		// the service is not there: the next news, or the next minute, tells more
	}
	refreshing = false;
	if (again) {
		again = false;
		refresh();
	}
}

// replace keeps what is focused, and marks what was not there before.
function replace(next) {
	if (!next) {
		return;
	}
	const known = new Set([...region.querySelectorAll("a[id]")].map((link) => link.id));
	const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
	let fresh = 0;
	for (const link of next.querySelectorAll(".exchanges a[id]")) {
		if (!known.has(link.id)) {
			fresh++;
			link.parentElement.classList.add("fresh");
		}
	}
	region.replaceChildren(...document.adoptNode(next).childNodes);
	if (focused) {
		document.getElementById(focused)?.focus({ preventScroll: true });
	}
	if (fresh > 0) {
		document.getElementById("news").textContent = fresh === 1 ? "One more exchange." : fresh + " more exchanges.";
	}
}

if (region) {
	const events = new EventSource("/events");
	events.onmessage = refresh;
	addEventListener("pagehide", () => events.close());
	const seconds = Number(region.dataset.live);
	if (seconds > 0) {
		setInterval(refresh, seconds * 1000);
	}
}

// Buttons that need a script appear with it.
for (const button of document.querySelectorAll("[data-copy]")) {
	button.hidden = !navigator.clipboard;
	button.addEventListener("click", async () => {
		await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
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
