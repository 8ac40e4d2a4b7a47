// Looks at every part of the inspector in a real Chromium: light and dark, on a phone, by keyboard alone, and as axe-core
// does. What it needs to happen meanwhile it asks CONTROL for. TestInspectorInChromium starts it; see `make inspector`.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");

const { INSPECTOR, CONTROL, SHOTS, CHROMIUM } = process.env;
const axeSource = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const looks = {
	light: { viewport: { width: 1080, height: 860 }, colorScheme: "light" },
	dark: { viewport: { width: 1080, height: 860 }, colorScheme: "dark" },
	phone: { viewport: { width: 390, height: 844 }, colorScheme: "light", isMobile: true, hasTouch: true },
	narrow: { viewport: { width: 320, height: 640 }, colorScheme: "dark", isMobile: true, hasTouch: true },
};
const faults = [];
let checks = 0;

// make has something happen: launch, ask, hostile, forge, misdirect, complain, reload, begin, link.
async function make(what) {
	const answer = await fetch(CONTROL + what);
	assert.strictEqual(answer.status, 200, what);
}

// open gives a page that nothing may go wrong on.
async function open(browser, look) {
	const context = await browser.newContext({ ...look, reducedMotion: "reduce", permissions: ["clipboard-read", "clipboard-write"] });
	const page = await context.newPage();
	page.on("console", (message) => { if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`); });
	page.on("dialog", (dialog) => { faults.push(`a script of a stranger's: ${dialog.message()}`); dialog.dismiss(); });
	page.on("pageerror", (error) => faults.push(`script: ${error}`));
	page.on("request", (request) => {
		if (new URL(request.url()).host !== new URL(INSPECTOR).host && !request.url().startsWith("data:")) faults.push(`a foreign host: ${request.url()}`);
	});
	return page;
}

async function step(name, look) {
	await look();
	checks++;
	console.log(`ok ${name}`);
}

// sound holds the page that is shown to axe's rules, and to its width.
async function sound(page, name) {
	await page.evaluate(axeSource); // not as a script of the page's, which its policy would refuse
	const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
	for (const v of violations) faults.push(`axe, ${name}: ${v.id}: ${v.help}: ${v.nodes.map((n) => n.target + " " + n.failureSummary).join("; ")}`);
	const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
	if (wide > room) faults.push(`${name} is ${wide} pixels wide where there are ${room}`);
}

// shown are the screenshots of the manual.
const shown = ["status-light", "exchange-dark", "ask-phone", "trace-light"];

async function shoot(page, name) {
	if (SHOTS && (shown.includes(name) || process.env.ALL_SHOTS)) await page.screenshot({ path: path.join(SHOTS, `inspector-${name}.png`) });
}

async function visit(page, where) {
	const answer = await page.goto(INSPECTOR + where);
	assert.strictEqual(answer.status(), 200, where);
}

// tabTo walks by the Tab key to what is named, as somebody without a mouse does.
async function tabTo(page, selector) {
	for (let i = 0; i < 60; i++) {
		await page.keyboard.press("Tab");
		if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) {
			const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
			assert.notStrictEqual(outline, "none", `where the focus is must be seen: ${selector}`);
			return;
		}
	}
	assert.fail(`no way by Tab to ${selector}`);
}

async function status(page) {
	await visit(page, "/");
	assert.match(await page.textContent("main"), /Alexa has not called yet/);
	await sound(page, "status, never called");
	await shoot(page, "status-never");
	await make("forge");
	await page.waitForFunction(() => document.querySelector("main").textContent.includes("broke the rule"));
	await make("launch");
	await page.waitForFunction(() => !document.querySelector("main").textContent.includes("has not called"));
	assert.match(await page.textContent("main"), /certificate-url\s*1/);
	await sound(page, "status");
}

async function live(page) {
	await visit(page, "/exchanges");
	const before = await page.locator(".exchanges li").count();
	await page.locator(".exchanges a").first().focus();
	const focused = await page.evaluate(() => document.activeElement.id);
	await make("ask");
	await page.waitForFunction((n) => document.querySelectorAll(".exchanges li").length > n, before);
	assert.strictEqual(await page.evaluate(() => document.activeElement.id), focused, "the focus stays where it was");
	await make("complain");
	await make("misdirect");
	await page.waitForFunction(() => document.querySelector(".exchanges").textContent.includes("error reported"));
	await sound(page, "exchanges");
	await unattended(page);
	await visit(page, "/exchanges?outcome=refused&sender=unverified");
	assert.strictEqual(await page.locator(".exchanges li").count(), 1);
	await visit(page, "/exchanges?words=no-such-thing");
	assert.match(await page.textContent("main"), /No exchange matches the filter/);
}

// unattended has something happen while nobody is told: between two streams, as after a reload, and while another page is
// looked at, when there is no stream, as those of many pages would take all the connections that a browser has.
async function unattended(page) {
	const seen = () => page.locator(".exchanges li").count();
	const more = (n) => page.waitForFunction((n) => document.querySelectorAll(".exchanges li").length > n, n);
	const look = (hidden) => page.evaluate((hidden) => {
		Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
		document.dispatchEvent(new Event("visibilitychange"));
	}, hidden);
	let before = await seen();
	await make("reload");
	await make("ask");
	await more(before);
	before = await seen();
	await look(true);
	await make("ask");
	await new Promise((resolve) => setTimeout(resolve, 1500));
	assert.strictEqual(await seen(), before, "what nobody looks at is left alone");
	await look(false);
	await more(before);
	await page.goto(INSPECTOR.replace("//", "//admin:sesame@") + "/exchanges"); // as somebody may have bookmarked it
	before = await seen();
	await make("ask");
	await more(before);
	await page.route("**/events", (route) => route.fulfill({ status: 503, body: "too many pages are open" }));
	await look(true);
	await look(false);
	await page.waitForTimeout(500);
	await page.unroute("**/events");
	assert.match(faults.pop(), /503/); // the browser says so, and nothing else
	before = await seen();
	await make("ask");
	await more(before); // a stream that was refused is asked for again
}

async function detail(page) {
	await visit(page, "/exchanges?outcome=answered&words=LastPostIntent");
	await page.locator(".exchanges a").first().click();
	assert.match(await page.textContent("h1"), /LastPostIntent Date=2026-03/);
	assert.strictEqual(await page.locator(".steps .passed").count(), await page.locator(".steps li").count());
	const text = await page.textContent("main");
	for (const secret of ["AFYQ7V2TZ3BJ", "AHWRQ4KX9LMB", "eyJ0eXAi"]) assert.ok(!text.includes(secret), secret);
	assert.ok(text.includes("masked:"));
	await sound(page, "an exchange");
	await page.getByRole("button", { name: "Copy as curl" }).click();
	assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl 'https:/);
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download as HAR" }).click()]);
	const har = JSON.parse(fs.readFileSync(await download.path(), "utf8"));
	assert.strictEqual(har.log.entries[0].response.status, 200);
	await visit(page, "/exchanges?outcome=refused&words=application-id");
	await page.locator(".exchanges a").first().click();
	assert.match(await page.textContent(".steps .failed"), /meant for this skill/);
	await sound(page, "a refusal");
}

// keyboard asks something, and carries the conversation on, without a mouse.
async function keyboard(page) {
	await visit(page, "/");
	await page.keyboard.press("Tab");
	assert.strictEqual(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
	await tabTo(page, 'nav a[href="/ask"]');
	await page.keyboard.press("Enter");
	await page.waitForURL("**/ask");
	await page.waitForFunction(() => document.activeElement.id === "words");
	await page.keyboard.press("Enter"); // nothing said opens the skill
	await page.waitForSelector(".turn");
	assert.match(await page.textContent(".turn.latest .alexa"), /Dates lean to the future/);
	await page.keyboard.type("yes");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.querySelectorAll(".turn").length === 2);
	assert.match(await page.textContent(".turn.latest"), /Understood as: AMAZON.YesIntent/);
	assert.match(await page.textContent(".turn.latest .alexa"), /Dates lean to the future. From/);
	await tabTo(page, '.turn.latest a[href^="/exchanges"]');
	await tabTo(page, "button[data-listen]");
	await visit(page, "/exchanges?sender=test");
	await tabTo(page, ".exchanges a");
	await page.keyboard.press("Enter");
	await page.waitForURL("**/exchanges/*");
	assert.match(await page.textContent(".head"), /test/);
}

async function ask(page) {
	await visit(page, "/ask");
	await page.fill("#words", "what was posted in March");
	await page.check("[name=screen]");
	await page.click("text=Say it");
	await page.waitForSelector(".turn .alexa");
	assert.match(await page.textContent(".turn.latest"), /content on the screen/);
	assert.ok(await page.locator("[data-listen]").first().isVisible());
	await sound(page, "ask");
}

// hostile looks at what would be a script, and at words without end, on the narrowest of screens.
async function hostile(page) {
	await make("hostile");
	await make("forge");
	for (const words of ["onerror=alert(1)", "onerror=alert(4)"]) {
		await visit(page, "/exchanges?words=" + encodeURIComponent(words));
		await sound(page, `the list of ${words}`);
		await page.locator(".exchanges a").first().click();
		await page.waitForURL("**/exchanges/*");
		await sound(page, `what says ${words}`);
		assert.strictEqual(await page.locator("main img, main script").count(), 0);
		assert.match(await page.textContent("main"), /alert\(/);
	}
	await visit(page, "/ask");
	await page.fill("#words", "<img src=x onerror=alert(5)> " + "W".repeat(400));
	await page.keyboard.press("Enter");
	await page.waitForSelector(".turn");
	await sound(page, "what was asked");
	assert.strictEqual(await page.locator("main img, main script").count(), 0);
}

async function posts(page) {
	await visit(page, "/posts");
	assert.ok((await page.locator(".list li").count()) > 5);
	await sound(page, "posts");
	await page.fill("[name=words]", "trust");
	await page.keyboard.press("Enter");
	await page.waitForURL("**words=trust**");
	assert.strictEqual(await page.locator(".list li").count(), 1);
	await page.locator(".list a").first().click();
	assert.match(await page.textContent(".facts"), /UTC from a poll of the feed/);
	assert.match(await page.textContent("#spoken"), /Spoken text/);
	assert.ok((await page.textContent(".alexa")).length > 100);
	await sound(page, "a post");
}

// linking walks from the list to the trace with a finding, and opens what Amazon's servers asked, by keyboard alone.
async function linking(page) {
	await visit(page, "/linking");
	assert.match(await page.textContent("main"), /https:\/\/skill\.example\.com\/link\/authorize[^]*No attempts to link/);
	await sound(page, "linking, before anything was tried");
	await make("begin");
	await page.waitForSelector(".list a");
	await page.locator(".list a").click();
	await page.waitForURL("**/linking/*");
	await page.locator(".leg summary").first().press("Enter");
	await make("begin");
	await page.waitForFunction(() => document.querySelectorAll(".leg").length === 2);
	assert.ok(await page.locator(".leg table").first().isVisible(), "what was open stays open");
	assert.strictEqual(await page.evaluate(() => document.activeElement.id), "request-summary0", "the focus stays where it was");
	await visit(page, "/linking");
	await make("link");
	await page.waitForFunction(() => document.querySelectorAll(".list li").length === 3 && document.querySelector(".list").textContent.includes("refused"));
	assert.match(await page.textContent(".list"), /token refused: 401 invalid_client\s+1 finding[^]*refreshed\s+no findings/);
	await sound(page, "linking");
	await tabTo(page, ".list a");
	await page.keyboard.press("Enter");
	await page.waitForURL("**/linking/*");
	const finding = await page.textContent(".note.warn");
	for (const part of ["the client authentication is rejected", "row 5", "Seen: status 401 invalid_client", "Responsible: console", "Remedy: choose"]) {
		assert.ok(finding.includes(part), part);
	}
	await page.locator("section.card").last().locator("summary").first().focus();
	await page.keyboard.press("Enter");
	const last = await page.textContent("section.card:last-of-type");
	assert.match(last, /known by its code[^]*grant_type=authorization_code/);
	assert.ok(await page.locator("section.card:last-of-type pre").first().isVisible());
	assert.match(last, /Basic lastpost-skill:h~/);
	await sound(page, "a trace");
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download as HAR" }).click()]);
	const har = JSON.parse(fs.readFileSync(await download.path(), "utf8"));
	assert.strictEqual(har.log.entries.at(-1).response.status, 401);
}

// everywhere looks at each section once in one look.
async function everywhere(page, name) {
	const sections = { status: "/", exchanges: "/exchanges", posts: "/posts", linking: "/linking" };
	for (const [section, where] of Object.entries(sections)) {
		await visit(page, where);
		await sound(page, `${section}, ${name}`);
		await shoot(page, `${section}-${name}`);
	}
	await visit(page, "/exchanges?outcome=answered&words=LastPostIntent");
	await page.locator(".exchanges a").first().click();
	await sound(page, `an exchange, ${name}`);
	await shoot(page, `exchange-${name}`);
	await visit(page, "/linking");
	await page.locator(".list a").first().click();
	await page.waitForSelector(".note.warn");
	await sound(page, `a trace, ${name}`);
	await shoot(page, `trace-${name}`);
	for (const summary of await page.locator("summary").all()) await summary.click();
	await sound(page, `a trace with all that it has, ${name}`);
	await shoot(page, `trace-open-${name}`);
	await visit(page, "/ask");
	await page.fill("#words", "open half elf");
	await page.keyboard.press("Enter");
	await page.waitForSelector(".turn");
	await page.fill("#words", "list the newest posts");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.querySelectorAll(".turn").length === 2);
	await sound(page, `ask, ${name}`);
	await shoot(page, `ask-${name}`);
}

(async () => {
	const browser = await chromium.launch({ executablePath: CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
	const page = await open(browser, looks.light);
	await step("status, from never to just now", () => status(page));
	await step("exchanges are live, and filtered", () => live(page));
	await step("an exchange in detail", () => detail(page));
	await step("a conversation by keyboard alone", () => keyboard(page));
	await step("asking, with a screen", () => ask(page));
	await step("strangers' scripts and words, narrow", async () => hostile(await open(browser, looks.narrow)));
	await step("posts", () => posts(page));
	await step("account linking, to a finding", () => linking(page));
	for (const name of ["light", "dark", "phone", "narrow"]) {
		await step(`every section, ${name}`, async () => everywhere(await open(browser, looks[name]), name));
	}
	await browser.close();
	assert.deepStrictEqual(faults, []);
	console.log(`${checks} looks, no faults`);
})().catch((error) => {
	console.error(error, faults);
	process.exit(1);
});
