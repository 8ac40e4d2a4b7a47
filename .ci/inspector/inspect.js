// Tests every part of the inspector in Chromium: in light and dark mode, on a phone, with only a keyboard, and with the
// accessibility checks of axe-core. The script triggers events in the service through the address CONTROL.
// TestInspectorInChromium starts the script; see `make inspector`.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");

const { INSPECTOR, CONTROL, SHOTS, CHROMIUM } = process.env;
const axeSource = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const displays = {
	light: { viewport: { width: 1080, height: 860 }, colorScheme: "light" },
	dark: { viewport: { width: 1080, height: 860 }, colorScheme: "dark" },
	phone: { viewport: { width: 360, height: 780 }, colorScheme: "light", isMobile: true, hasTouch: true },
	"phone-dark": { viewport: { width: 360, height: 780 }, colorScheme: "dark", isMobile: true, hasTouch: true },
	narrow: { viewport: { width: 320, height: 640 }, colorScheme: "dark", isMobile: true, hasTouch: true },
};
// The image of the newest post, on a host of the publisher.
const imageHost = "https://images.blog.example";
const image = '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="400"><rect width="800" height="400" fill="#0f7285"/><circle cx="620" cy="140" r="70" fill="#f4c95d"/><path d="M0 400 260 180 430 330 560 240 800 400z" fill="#123b44"/></svg>';
const faults = [];
let checks = 0;

// trigger causes an event in the service: launch, ask, hostile, forge, misdirect, complain, reload, begin or link.
async function trigger(event) {
	const response = await fetch(CONTROL + event);
	assert.strictEqual(response.status, 200, event);
}

// openPage opens a page and records its errors, warnings, dialogs and foreign requests as faults.
async function openPage(browser, display) {
	const context = await browser.newContext({ ...display, reducedMotion: "reduce", permissions: ["clipboard-read", "clipboard-write"] });
	const page = await context.newPage();
	page.on("console", (message) => { if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`); });
	page.on("dialog", (dialog) => { faults.push(`an injected script ran: ${dialog.message()}`); dialog.dismiss(); });
	page.on("pageerror", (error) => faults.push(`script error: ${error}`));
	await page.route(imageHost + "/**", (route) => {
		if (route.request().headers().referer) faults.push(`the publisher learns the address ${route.request().headers().referer}`);
		return route.fulfill({ contentType: "image/svg+xml", body: image });
	});
	page.on("request", (request) => {
		if (new URL(request.url()).host !== new URL(INSPECTOR).host && !request.url().startsWith("data:") && !request.url().startsWith(imageHost)) faults.push(`request to a foreign host: ${request.url()}`);
	});
	return page;
}

async function step(name, check) {
	await check();
	checks++;
	console.log(`ok ${name}`);
}

// checkAccessibility checks the current page with axe's rules, and that it is not wider than the display.
async function checkAccessibility(page, name) {
	await page.evaluate(axeSource); // a script element would violate the page's content security policy
	const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
	for (const v of violations) faults.push(`axe, ${name}: ${v.id}: ${v.help}: ${v.nodes.map((n) => n.target + " " + n.failureSummary).join("; ")}`);
	const [pageWidth, displayWidth] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
	if (pageWidth > displayWidth) faults.push(`${name}: the page is ${pageWidth} pixels wide, the display ${displayWidth}`);
}

// The screenshots in the manual.
const manualScreenshots = ["status-light", "exchange-dark", "ask-phone", "trace-light"];

async function takeScreenshot(page, name) {
	if (SHOTS && (manualScreenshots.includes(name) || process.env.ALL_SHOTS)) await page.screenshot({ path: path.join(SHOTS, `inspector-${name}.png`) });
}

async function visit(page, path) {
	const response = await page.goto(INSPECTOR + path);
	assert.strictEqual(response.status(), 200, path);
}

// tabTo presses Tab until the focus is on the element, as a user without a mouse does.
async function tabTo(page, selector) {
	for (let i = 0; i < 60; i++) {
		await page.keyboard.press("Tab");
		if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) {
			const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
			assert.notStrictEqual(outline, "none", `the focus is not visible: ${selector}`);
			return;
		}
	}
	assert.fail(`Tab does not reach ${selector}`);
}

async function checkStatus(page) {
	await visit(page, "/");
	assert.match(await page.textContent("main"), /Alexa has not called yet/);
	await checkAccessibility(page, "status, never called");
	await takeScreenshot(page, "status-never");
	await trigger("forge");
	await page.waitForFunction(() => document.querySelector("main").textContent.includes("broke the rule"));
	assert.match(await page.getAttribute('main a[href^="/manual/"]', "href"), /troubleshooting#row-certificate-url/);
	await trigger("launch");
	await page.waitForFunction(() => !document.querySelector("main").textContent.includes("has not called"));
	assert.match(await page.textContent("main"), /certificate-url\s*1/);
	await page.click("text=certificate-url");
	await page.waitForURL("**/manual/troubleshooting#row-certificate-url");
	assert.ok(await page.locator("#row-certificate-url").isVisible());
	await checkAccessibility(page, "the manual");
	await visit(page, "/");
	await checkAccessibility(page, "status");
}

async function checkLiveExchanges(page) {
	await visit(page, "/exchanges");
	const before = await page.locator(".exchanges li").count();
	await page.locator(".exchanges a").first().focus();
	const focused = await page.evaluate(() => document.activeElement.id);
	await trigger("ask");
	await page.waitForFunction((n) => document.querySelectorAll(".exchanges li").length > n, before);
	assert.strictEqual(await page.evaluate(() => document.activeElement.id), focused, "an update moved the focus");
	await trigger("complain");
	await trigger("misdirect");
	await page.waitForFunction(() => document.querySelector(".exchanges").textContent.includes("error reported"));
	await checkAccessibility(page, "exchanges");
	const row = await page.textContent(".exchanges li.answered:has-text('Last post: March 2026') >> nth=0");
	assert.match(row, /\d\d:\d\d:\d\d[^]*Last post: March 2026[^]*answered[^]*“In March there were[^]*status 200 · LastPostIntent/);
	await checkTimes(page);
	await checkMissedUpdates(page);
	await visit(page, "/exchanges?outcome=refused&sender=unverified");
	assert.strictEqual(await page.locator(".exchanges li").count(), 1);
	await visit(page, "/exchanges?words=no-such-thing");
	assert.match(await page.textContent("main"), /No exchange matches the filter/);
}

// checkMissedUpdates checks that the page catches up with exchanges that it missed. That happens between two event streams,
// for example after a reload, and while the page is hidden. A hidden page closes its stream, because a browser opens only a
// few connections to a host.
async function checkMissedUpdates(page) {
	const countExchanges = () => page.locator(".exchanges li").count();
	const waitForMore = (n) => page.waitForFunction((n) => document.querySelectorAll(".exchanges li").length > n, n);
	const setHidden = (hidden) => page.evaluate((hidden) => {
		Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
		document.dispatchEvent(new Event("visibilitychange"));
	}, hidden);
	let before = await countExchanges();
	await trigger("reload");
	await trigger("ask");
	await waitForMore(before);
	before = await countExchanges();
	await setHidden(true);
	await trigger("ask");
	await new Promise((resolve) => setTimeout(resolve, 1500));
	assert.strictEqual(await countExchanges(), before, "a hidden page was updated");
	await setHidden(false);
	await waitForMore(before);
	await page.goto(INSPECTOR.replace("//", "//admin:sesame@") + "/exchanges"); // as in a bookmark with user name and password
	before = await countExchanges();
	await trigger("ask");
	await waitForMore(before);
	await page.route("**/events", (route) => route.fulfill({ status: 503, body: "too many pages are open" }));
	await setHidden(true);
	await setHidden(false);
	await page.waitForTimeout(500);
	await page.unroute("**/events");
	assert.match(faults.pop(), /503/); // the browser reports only the refused stream
	before = await countExchanges();
	await trigger("ask");
	await waitForMore(before); // the page opens the refused stream again
}

async function checkExchange(page) {
	await visit(page, "/exchanges?outcome=answered&words=LastPostIntent");
	await page.locator(".exchanges a").first().click();
	assert.match(await page.textContent("h1"), /^Last post: March 2026$/);
	assert.match(await page.textContent("main"), /LastPostIntent Date=2026-03[^]*Alexa said\s*In March there were/);
	assert.strictEqual(await page.locator(".steps .passed").count(), await page.locator(".steps li").count());
	await checkJSON(page);
	const text = await page.textContent("main");
	for (const secret of ["AFYQ7V2TZ3BJ", "AHWRQ4KX9LMB", "eyJ0eXAi"]) assert.ok(!text.includes(secret), secret);
	assert.ok(text.includes("masked:"));
	await checkAccessibility(page, "an exchange");
	await page.getByRole("button", { name: "Copy as curl" }).click();
	assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl 'https:/);
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download as HAR" }).click()]);
	const har = JSON.parse(fs.readFileSync(await download.path(), "utf8"));
	assert.strictEqual(har.log.entries[0].response.status, 200);
	await visit(page, "/exchanges?outcome=refused&words=application-id");
	await page.locator(".exchanges a").first().click();
	assert.match(await page.textContent(".steps .failed"), /meant for this skill/);
	assert.match(await page.textContent(".note.warn"), /Refused by the rule application-id[^]*What to do: Copy the id from the console into application_id/);
	assert.strictEqual(await page.locator("[data-listen]").count(), 0);
	await checkAccessibility(page, "a refusal");
}

// checkKeyboard holds a conversation without a mouse.
async function checkKeyboard(page) {
	await visit(page, "/");
	await page.keyboard.press("Tab");
	assert.strictEqual(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
	await tabTo(page, 'nav a[href="/ask"]');
	await page.keyboard.press("Enter");
	await page.waitForURL("**/ask");
	await page.waitForFunction(() => document.activeElement.id === "words");
	await page.keyboard.press("Enter"); // an empty text opens the skill
	await page.waitForSelector(".turn");
	assert.match(await page.textContent(".turn.latest .alexa"), /Dates lean to the future/);
	await page.keyboard.type("yes");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.querySelectorAll(".turn").length === 2);
	assert.match(await page.textContent(".turn.latest"), /Understood as: AMAZON.YesIntent/);
	assert.match(await page.textContent(".turn.latest .alexa"), /Dates lean to the future. From/);
	await tabTo(page, '.turn.latest a[href^="/exchanges"]');
	await page.locator("#words").focus();
	await tabTo(page, "#restart");
	await page.keyboard.press("Enter");
	await page.waitForURL("**/ask?skill=**");
	assert.strictEqual(await page.locator(".turn").count(), 0);
	assert.strictEqual(await page.evaluate(() => document.activeElement.id), "words");
	await visit(page, "/exchanges?sender=test");
	await tabTo(page, ".exchanges a");
	await page.keyboard.press("Enter");
	await page.waitForURL("**/exchanges/*");
	assert.match(await page.textContent(".head"), /test/);
}

async function checkAsk(page) {
	await visit(page, "/ask");
	await page.fill("#words", "what was posted in March");
	await page.check("[name=screen]");
	await page.click("text=Say it");
	await page.waitForSelector(".turn .alexa");
	assert.match(await page.textContent(".turn.latest"), /content on the screen/);
	await checkAccessibility(page, "ask");
}

// addVoices gives the page voices, which the browser in the test does not have. The voices record what they say.
async function addVoices(page, voices) {
	await page.addInitScript((voices) => {
		const synthesis = new EventTarget();
		globalThis.spoken = [];
		Object.assign(synthesis, {
			queue: [], getVoices: () => voices,
			speak: (speech) => { synthesis.queue.push(speech); spoken.push([speech.voice?.name, speech.lang, speech.text]); },
			cancel: () => { const open = synthesis.queue.splice(0); open.forEach((speech) => speech.onerror?.()); },
		});
		Object.defineProperty(globalThis, "speechSynthesis", { value: synthesis });
		globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
	}, voices);
}

// checkListening plays an answer with only the keyboard, with voices of this computer only.
async function checkListening(browser) {
	const path = "/exchanges?outcome=answered&words=LastPostIntent";
	const silent = await openPage(browser, displays.light);
	await visit(silent, path);
	await silent.locator(".exchanges a").first().click();
	await silent.waitForURL("**/exchanges/*");
	assert.ok(!(await silent.locator("[data-listen]").isVisible()), "a play button without voices");
	const remote = await openPage(browser, displays.light);
	await addVoices(remote, [{ name: "Cloud", lang: "en-US", localService: false, default: true }]);
	await remote.goto(silent.url());
	assert.ok(!(await remote.locator("[data-listen]").isVisible()), "a voice that sends the text to a server");
	const page = await openPage(browser, displays.dark);
	await addVoices(page, [{ name: "Hans", lang: "de-DE", localService: true, default: true }, { name: "Cloud", lang: "en-US", localService: false }, { name: "Ann", lang: "en_US", localService: true }]);
	await page.goto(silent.url());
	await tabTo(page, "[data-listen]");
	await page.keyboard.press("Enter");
	assert.strictEqual(await page.textContent("[data-listen]"), "Stop");
	const spoken = await page.evaluate(() => globalThis.spoken);
	assert.ok(spoken.length > 1 && spoken.every(([name, lang]) => name === "Ann" && lang === "en_US"), JSON.stringify(spoken));
	assert.strictEqual(spoken.map(([, , text]) => text).join(""), (await page.textContent("#spoken")).trim());
	await checkAccessibility(page, "an exchange that is read aloud");
	await page.keyboard.press("Space");
	assert.strictEqual(await page.textContent("[data-listen]"), "Play");
	await page.keyboard.press("Enter");
	await page.evaluate(() => speechSynthesis.queue.splice(0).forEach((speech) => speech.onend()));
	assert.strictEqual(await page.textContent("[data-listen]"), "Play");
	const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
	await plain.goto(silent.url());
	assert.match(await plain.textContent("#spoken"), /In March there were/);
	assert.strictEqual(await plain.locator("button:visible").count(), 0, "a button that needs a script");
	assert.ok(await plain.locator("#response-json details > summary").first().isVisible());
}

// checkJSON folds parts of a document with the keyboard. The copied text is the whole document.
async function checkJSON(page) {
	const answer = await page.textContent("#response-json");
	assert.strictEqual(JSON.parse(answer).version, "1.0");
	await page.locator("#response-json summary").first().focus();
	await page.keyboard.press("Enter");
	assert.ok(!(await page.locator("#response-json details details").first().isVisible()));
	await page.getByRole("button", { name: "Copy the response" }).press("Enter");
	assert.strictEqual(await page.evaluate(() => navigator.clipboard.readText()), answer);
	await page.getByRole("button", { name: "Unfold all parts of the request" }).press("Enter");
	assert.strictEqual(await page.locator("#request-json details:not([open])").count(), 0);
	await checkAccessibility(page, "an exchange, unfolded");
	await page.getByRole("button", { name: "Fold all parts of the request" }).press("Enter");
	assert.strictEqual(await page.locator("#request-json details[open]").count(), 1);
	assert.strictEqual(JSON.parse(await page.textContent("#request-json")).version, "1.0");
}

// checkTimes checks that every time has its UTC in a tooltip, and that the page names the blog's zone.
async function checkTimes(page) {
	for (const [stamp, title] of await page.evaluate(() => [...document.querySelectorAll("time")].map((time) => [time.dateTime, time.title]))) {
		assert.match(stamp, /^\d{4}-\d\d-\d\dT[\d:]+Z$/);
		assert.strictEqual(title, stamp.replace("T", " ").replace("Z", " UTC"));
	}
	assert.match(await page.textContent("footer"), /Times are in Europe\/Berlin \(CES?T\)\. Point at a time to see it in UTC/);
}

// checkHostileContent checks requests with scripts and with very long words, on the narrowest display.
async function checkHostileContent(page) {
	await trigger("hostile");
	await trigger("forge");
	for (const words of ["onerror=alert(1)", "onerror=alert(4)"]) {
		await visit(page, "/exchanges?words=" + encodeURIComponent(words));
		await checkAccessibility(page, `the list of ${words}`);
		await page.locator(".exchanges a").first().click();
		await page.waitForURL("**/exchanges/*");
		await checkAccessibility(page, `the exchange with ${words}`);
		assert.strictEqual(await page.locator("main img, main script").count(), 0);
		assert.match(await page.textContent("main"), /alert\(/);
	}
	await visit(page, "/ask");
	await page.fill("#words", "<img src=x onerror=alert(5)> " + "W".repeat(400));
	await page.keyboard.press("Enter");
	await page.waitForSelector(".turn");
	await checkAccessibility(page, "the question with a script");
	assert.strictEqual(await page.locator("main img, main script").count(), 0);
}

async function checkPosts(page) {
	await visit(page, "/posts");
	assert.ok((await page.locator(".list li").count()) > 5);
	await checkAccessibility(page, "posts");
	await checkTimes(page);
	const out = page.locator(".list a.out").first();
	assert.strictEqual(await out.getAttribute("href"), "https://blog.example/dates-lean-to-the-future/");
	assert.deepStrictEqual([await out.getAttribute("rel"), await out.getAttribute("referrerpolicy")], ["noopener noreferrer", "no-referrer"]);
	await page.locator(".list a").first().click();
	await page.waitForFunction(() => document.querySelector(".postimage img")?.naturalWidth === 800);
	await checkAccessibility(page, "a post with an image");
	await page.goBack();
	await page.locator(".list li").nth(1).locator("a").first().click();
	assert.match(await page.textContent(".facts"), /http:\/\/192\.168\.0\.1\/reboot[^]*not shown/);
	assert.strictEqual(await page.locator("main img").count(), 0);
	await page.goBack();
	await page.fill("[name=words]", "trust");
	await page.keyboard.press("Enter");
	await page.waitForURL("**words=trust**");
	assert.strictEqual(await page.locator(".list li").count(), 1);
	await page.locator(".list a").first().click();
	assert.match(await page.textContent(".facts"), /\d\d:\d\d:\d\d from a poll of the feed/);
	assert.match(await page.textContent("#spoken"), /Spoken text/);
	assert.ok((await page.textContent(".alexa")).length > 100);
	await checkAccessibility(page, "a post");
}

// checkLinking opens a trace with a finding from the list, and expands the requests of Amazon's servers, with only the keyboard.
async function checkLinking(page) {
	await visit(page, "/linking");
	assert.match(await page.textContent("main"), /https:\/\/skill\.example\.com\/link\/authorize[^]*No attempts to link/);
	await checkAccessibility(page, "linking, without attempts");
	await trigger("begin");
	await page.waitForSelector(".list a");
	await page.locator(".list a").click();
	await page.waitForURL("**/linking/*");
	await page.locator(".leg summary").first().press("Enter");
	await trigger("begin");
	await page.waitForFunction(() => document.querySelectorAll(".leg").length === 2);
	assert.ok(await page.locator(".leg table").first().isVisible(), "an update closed an open part");
	assert.strictEqual(await page.evaluate(() => document.activeElement.id), "request-summary0", "an update moved the focus");
	await visit(page, "/linking");
	await trigger("link");
	await page.waitForFunction(() => document.querySelectorAll(".list li").length === 3 && document.querySelector(".list").textContent.includes("refused"));
	assert.match(await page.textContent(".list"), /token refused: 401 invalid_client\s+1 finding[^]*refreshed\s+no findings/);
	await checkAccessibility(page, "linking");
	await tabTo(page, ".list a");
	await page.keyboard.press("Enter");
	await page.waitForURL("**/linking/*");
	const finding = await page.textContent(".note.warn");
	for (const part of ["the client authentication is rejected", "client-authentication, row 5", "Seen: status 401 invalid_client", "Responsible: console", "Remedy: choose"]) {
		assert.ok(finding.includes(part), part);
	}
	assert.strictEqual(await page.getAttribute(".note.warn a", "href"), "/manual/account-linking#row-client-authentication");
	await page.locator("section.card").last().locator("summary").first().focus();
	await page.keyboard.press("Enter");
	const last = await page.textContent("section.card:last-of-type");
	assert.match(last, /matched by its code[^]*grant_type=authorization_code/);
	assert.ok(await page.locator("section.card:last-of-type .json").first().isVisible());
	assert.match(last, /Basic lastpost-skill:h~/);
	await checkAccessibility(page, "a trace");
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download as HAR" }).click()]);
	const har = JSON.parse(fs.readFileSync(await download.path(), "utf8"));
	assert.strictEqual(har.log.entries.at(-1).response.status, 401);
}

// checkSections checks each section and takes its screenshot on one display.
async function checkSections(page, name) {
	await addVoices(page, [{ name: "Ann", lang: "en-US", localService: true, default: true }]);
	const sections = { status: "/", exchanges: "/exchanges", posts: "/posts", linking: "/linking", manual: "/manual", troubleshooting: "/manual/troubleshooting" };
	for (const [section, path] of Object.entries(sections)) {
		await visit(page, path);
		await checkAccessibility(page, `${section}, ${name}`);
		await takeScreenshot(page, `${section}-${name}`);
	}
	await visit(page, "/exchanges?outcome=answered&words=LastPostIntent");
	await page.locator(".exchanges a").first().click();
	await page.waitForURL("**/exchanges/*");
	await checkAccessibility(page, `an exchange, ${name}`);
	await takeScreenshot(page, `exchange-${name}`);
	await page.locator("#response-json").scrollIntoViewIfNeeded();
	await takeScreenshot(page, `json-${name}`);
	await visit(page, "/exchanges?outcome=refused");
	await page.locator(".exchanges a").first().click();
	await page.waitForURL("**/exchanges/*");
	await checkAccessibility(page, `a refusal, ${name}`);
	await takeScreenshot(page, `refusal-${name}`);
	await visit(page, "/posts");
	await page.locator(".list a").first().click();
	await page.waitForFunction(() => document.querySelector(".postimage img")?.naturalWidth === 800);
	await checkAccessibility(page, `a post, ${name}`);
	await takeScreenshot(page, `post-${name}`);
	await visit(page, "/linking");
	await page.locator(".list a").first().click();
	await page.waitForSelector(".note.warn");
	await checkAccessibility(page, `a trace, ${name}`);
	await takeScreenshot(page, `trace-${name}`);
	for (const summary of await page.locator("summary").all()) await summary.click();
	await checkAccessibility(page, `a trace with all parts open, ${name}`);
	await takeScreenshot(page, `trace-open-${name}`);
	await visit(page, "/ask");
	await page.fill("#words", "open half elf");
	await page.keyboard.press("Enter");
	await page.waitForSelector(".turn");
	await page.fill("#words", "list the newest posts");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.querySelectorAll(".turn").length === 2);
	await checkAccessibility(page, `ask, ${name}`);
	await takeScreenshot(page, `ask-${name}`);
}

(async () => {
	const browser = await chromium.launch({ executablePath: CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
	const page = await openPage(browser, displays.light);
	await step("status before and after the first request", () => checkStatus(page));
	await step("exchanges, live and filtered", () => checkLiveExchanges(page));
	await step("an exchange in detail", () => checkExchange(page));
	await step("a conversation with only the keyboard", () => checkKeyboard(page));
	await step("a question with a screen", () => checkAsk(page));
	await step("reading aloud with only the keyboard", () => checkListening(browser));
	await step("hostile content on a narrow display", async () => checkHostileContent(await openPage(browser, displays.narrow)));
	await step("posts", () => checkPosts(page));
	await step("account linking with a finding", () => checkLinking(page));
	for (const name of ["light", "dark", "phone", "phone-dark", "narrow"]) {
		await step(`every section, ${name}`, async () => checkSections(await openPage(browser, displays[name]), name));
	}
	await browser.close();
	assert.deepStrictEqual(faults, []);
	console.log(`${checks} checks, no faults`);
})().catch((error) => {
	console.error(error, faults);
	process.exit(1);
});
