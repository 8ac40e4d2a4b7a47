package doctor

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"

	"lastpost/internal/server"
	"lastpost/internal/simulator"
	"lastpost/internal/verify"
)

// checkHeaders finds out from the reason of a refusal whether the proof of a request arrives.
func (p *prober) checkHeaders(ctx context.Context, alexa *simulator.Client) Finding {
	const name = "url headers"
	header, body, err := simulator.Tampered(alexa)
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	const remedy = "let the proxy in front pass all headers of a request on as they are"
	switch got := p.post(ctx, header, body); {
	case got.says(verify.CertificateURL.Error()):
		return Finding{Fail, name, simulator.ChainHeader + " is lost or changed on the way: every request of Alexa's is refused", remedy}
	case got.says(verify.SignatureHeader.Error()):
		return Finding{Fail, name, simulator.SignatureHeader + " is lost or changed on the way: every request of Alexa's is refused",
			remedy}
	case !got.ours():
		return got.untold(name, "whether the headers arrive as they are")
	}
	return Finding{OK, name, simulator.ChainHeader + " and " + simulator.SignatureHeader + " arrive", ""}
}

// untold is for what only this program's refusals tell.
func (o outcome) untold(name, what string) Finding {
	if errors.Is(o.err, errUnasked) {
		return unasked(name)
	}
	return Finding{Warn, name, "skipped: " + what + " cannot be told, as no reason of this program's comes back",
		"make sure that this service answers there, in this version, and that a proxy passes its refusals on"}
}

// checkBody finds out whether something on the way writes bodies anew: then no signature fits, and the service cannot tell
// such a request from a forged one. It sends the digest of what it sends, which the service compares. A wrong digest
// before shows that it does.
func (p *prober) checkBody(ctx context.Context, alexa *simulator.Client) Finding {
	const name = "url body"
	header, _, err := simulator.Tampered(alexa)
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	body := delicate()
	if got := p.postDigest(ctx, header, body, server.DigestOf(nil)); !got.says(server.BodyChanged) {
		return got.untold(name, "whether bodies arrive as they are")
	}
	switch got := p.postDigest(ctx, header, body, server.DigestOf(body)); {
	case got.says(server.BodyChanged):
		return Finding{Fail, name, "bodies are changed on the way: no signature of Alexa's fits any more, and every request is refused",
			"find what writes JSON anew, such as an API gateway, a web application firewall or a mapping in a CDN, and exempt the path " +
				"from it"}
	case !got.ours():
		return got.untold(name, "whether bodies arrive as they are")
	}
	return Finding{OK, name, "bodies arrive byte for byte", ""}
}

func (p *prober) postDigest(ctx context.Context, header http.Header, body []byte, digest string) outcome {
	header = header.Clone()
	header.Set("Content-Digest", digest)
	return p.post(ctx, header, body)
}

// delicate is JSON of 8 KB with all that comes out otherwise where it is read and written again: the order of keys, a key
// twice, whitespace, escapes that need not be, numbers, ends of lines, characters beyond ASCII, markup and addresses.
func delicate() []byte {
	var body bytes.Buffer
	body.WriteString("{ \"z\" : 1.0,\t\"a\": [ 1e2 , -0, 12345678901234567890, 0.10 ],\r\n  \"a\" : \"\\u0041\\/\\u00e9 é 日本 🚀 " +
		"\\ud83d\\ude80\", \"\" : null,\n" +
		"  \"markup\": \"<b>&amp;</b> <script>//</script> http://example.com/?a=1&b=2 + %20\",\n  \"words\" : \"")
	body.WriteString(strings.Repeat("Alexa, open half elf.  ", 350))
	body.WriteString("\"\n}\n\n")
	return body.Bytes()
}
