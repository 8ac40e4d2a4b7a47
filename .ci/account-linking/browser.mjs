// A minimal browser without a display. It stores cookies by host and path, follows redirects, and submits forms.
export class Browser {
  cookies = [];
  responses = []; // status, content type and text of each response

  async open(method, url, body) {
    const headers = { accept: "text/html", "user-agent": "Mozilla/5.0 (Linux; Android 14; wv) Alexa" };
    const matching = this.cookies.filter((c) => c.host === url.hostname && (url.pathname === c.path || url.pathname.startsWith(c.path.replace(/\/?$/, "/"))));
    if (matching.length > 0) headers.cookie = matching.map((c) => `${c.name}=${c.value}`).join("; ");
    if (body !== undefined) {
      headers["content-type"] = "application/x-www-form-urlencoded";
      headers.origin = url.origin;
    }
    const response = await fetch(url, { method, headers, body, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.storeCookie(url, line);
    const text = await response.text();
    this.responses.push({ status: response.status, type: response.headers.get("content-type"), text });
    return { status: response.status, location: response.headers.get("location"), text };
  }

  storeCookie(url, line) {
    const [pair, ...attributes] = line.split(/;\s*/);
    const cookie = { host: url.hostname, path: url.pathname.replace(/\/[^/]*$/, "") || "/" };
    [cookie.name, cookie.value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    let expired = cookie.value === "";
    for (const attribute of attributes) {
      const [key, value = ""] = attribute.split("=");
      if (key.toLowerCase() === "path") cookie.path = value;
      if (key.toLowerCase() === "domain" && value !== url.hostname) return; // refuse a cookie for another host
      if (key.toLowerCase() === "expires" && new Date(value) < new Date()) expired = true;
    }
    this.cookies = this.cookies.filter((c) => c.name !== cookie.name || c.path !== cookie.path);
    if (!expired) this.cookies.push(cookie);
  }

  // signIn opens url, follows redirects and submits forms until a redirect to redirectURI. It returns the URL of that redirect.
  async signIn(url, redirectURI, fields) {
    let [method, body] = ["GET", undefined];
    for (let step = 0; step < 20; step++) {
      const { status, location, text } = await this.open(method, url, body);
      [method, body] = ["GET", undefined];
      if (location) {
        url = new URL(location, url);
        if (url.href.startsWith(redirectURI)) return url;
        continue;
      }
      const action = /<form[^>]* action="([^"]*)"/.exec(text)?.[1];
      if (status !== 200 || action === undefined) throw new Error(`${url.pathname}: ${status} ${text}`);
      const style = /<link rel="stylesheet" href="([^"]*)"/.exec(text)?.[1];
      if (style && (await this.open("GET", new URL(style, url))).status !== 200) throw new Error(`stylesheet ${style} of ${url} not found`);
      const hidden = [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map((m) => [m[1], m[2]]);
      [method, body] = ["POST", String(new URLSearchParams([...hidden, ...Object.entries(fields)]))];
      url = new URL(action.replaceAll("&amp;", "&"), url);
    }
    throw new Error(`more than 20 requests without a redirect to ${redirectURI}`);
  }
}
