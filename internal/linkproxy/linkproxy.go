// Package linkproxy stands between Amazon and an OAuth server, so that its operator sees why account linking fails: it
// carries both legs byte for byte, keeps what passed, and names the fault.
//
// It is no open proxy: where a request goes is fixed by the two URLs of the configuration, and never by the request. To
// the authorization server's other pages, those for signing in, only a browser gets whose authorization began here a
// short while ago. It does not judge who may link an account, and answers nothing in the OAuth server's name but that it
// cannot be reached.
package linkproxy

import (
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"lastpost/internal/linkproxy/trace"
)

// Limits of time and size. Amazon waits 4.5 s for a token; the public listener gives an answer 8 s.
const (
	tokenTimeout      = 4500 * time.Millisecond
	pageTimeout       = 7 * time.Second
	maxRequestBytes   = 256 << 10
	maxTokenBytes     = 256 << 10
	maxPageBytes      = 8 << 20
	maxConcurrent     = 32        // requests under way to each of the OAuth server's endpoints
	originEvidenceTTL = time.Hour // after which it is seen anew whether the pages need their own address: a stranger may have shown it
)

// Mode is how the browser's leg is carried.
type Mode string

// The ways of the browser's leg.
const (
	Auto     Mode = ""         // Proxied, until a page shows that it works at its own address only; then Redirected
	Proxied  Mode = "proxy"    // through this service, with the pages for signing in
	Redirect Mode = "redirect" // the browser is sent to the authorization server, and seen no more
)

// A Proxy stands in for an OAuth server, at Path/authorize and Path/token. The fields must not change once it answers.
type Proxy struct {
	Path             string          // without a slash at its end
	AuthorizationURL *url.URL        // of the authorization endpoint
	TokenURL         *url.URL        // of the token endpoint
	Mode             Mode            // of the browser's leg
	Roots            *x509.CertPool  // that the OAuth server's certificate must chain to; nil: the system's
	Recorder         *trace.Recorder // is told of each exchange; nil: nobody is
	Now              func() time.Time
	Log              *slog.Logger // nil: none

	initOnce     sync.Once
	transport    *http.Transport
	browserSlots chan struct{}
	tokenSlots   chan struct{} // apart, so that no crowd of browsers keeps Amazon's servers out
	flows        flows
	ownOrigin    atomic.Pointer[originEvidence] // nil: nothing shows yet that the pages need theirs
}

func (p *Proxy) initialize() {
	p.initOnce.Do(func() {
		p.transport = newTransport(p.Roots)
		p.browserSlots, p.tokenSlots = make(chan struct{}, maxConcurrent), make(chan struct{}, maxConcurrent)
		if p.Now == nil {
			p.Now = time.Now
		}
		if p.Log == nil {
			p.Log = slog.New(slog.DiscardHandler)
		}
	})
}

// Claims reports whether a request is the proxy's: below its path, or anywhere where its browser's authorization began
// here. It is asked about requests that no other route takes.
func (p *Proxy) Claims(r *http.Request) bool {
	if isBelow(r.URL.EscapedPath(), p.Path) {
		return true
	}
	p.initialize()
	return p.flows.isKnown(r, p.Now())
}

// ServeHTTP answers in the OAuth server's place.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.initialize()
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		writeError(w, http.StatusMethodNotAllowed, "an OAuth server is asked with GET and POST")
		return
	}
	path := r.URL.EscapedPath()
	busy, serve := p.browserSlots, p.servePage
	switch path {
	case p.Path + "/token":
		busy, serve = p.tokenSlots, p.serveToken
	case p.Path + "/authorize":
		serve = p.serveAuthorize
	}
	body, ok := readRequestBody(w, r) // first: who sends slowly takes nobody's place
	if !ok {
		return
	}
	select {
	case busy <- struct{}{}:
		defer func() { <-busy }()
	default:
		writeError(w, http.StatusServiceUnavailable, "too many sign-ins at once")
		return
	}
	serve(w, r, body)
}

// serveToken carries the leg of Amazon's servers. No redirect is followed, as Amazon follows none.
func (p *Proxy) serveToken(w http.ResponseWriter, r *http.Request, body []byte) {
	x := p.newExchange(r, body, trace.LegToken, withQuery(p.TokenURL, r.URL))
	if !p.forward(w, r, x, tokenTimeout, maxTokenBytes) {
		return
	}
	writeResponse(w, r, x)
	p.Recorder.Record(&x.RawExchange)
}

// serveAuthorize carries the browser's first request, or sends it on.
func (p *Proxy) serveAuthorize(w http.ResponseWriter, r *http.Request, body []byte) {
	x := p.newExchange(r, body, trace.LegAuthorize, withQuery(p.AuthorizationURL, r.URL))
	if p.Mode == Redirect || p.Mode == Auto && p.ownOrigin.Load().isCurrent(p.Now()) {
		p.redirectBrowser(w, r, x)
		return
	}
	f := p.flows.startFlow(x.Client, x.Target, p.Now())
	f.redirectURI = r.URL.Query().Get("redirect_uri")
	p.forwardPage(w, r, x, f)
}

// servePage carries what follows in the browser: the pages for signing in and what they load. Whoever has not begun here
// finds nothing here.
func (p *Proxy) servePage(w http.ResponseWriter, r *http.Request, body []byte) {
	f, ok := p.flows.useRequest(r, p.Now())
	if !ok {
		message := "there is nothing here"
		if _, err := r.Cookie(flowCookie); err == nil { // it has ended, or we were restarted
			message = "this sign-in is over: begin again where it began"
		}
		writeError(w, http.StatusNotFound, message)
		return
	}
	p.forwardPage(w, r, p.newExchange(r, body, trace.LegPage, p.upstreamURL(r.URL)), f)
}

// forwardPage gives the browser what the authorization server said, at this address; or, where the page would not work
// here and the way is open, sends the browser to begin anew over there.
func (p *Proxy) forwardPage(w http.ResponseWriter, r *http.Request, x *exchange, f *flow) {
	x.Flow = f.id
	if !p.forward(w, r, x, pageTimeout, maxPageBytes) {
		return
	}
	x.ReturnsToClient = x.returnsToClient(f.redirectURI)
	reason := p.originReason(x)
	x.OriginReason = reason
	if reason != "" && p.Mode == Auto && r.Method != http.MethodPost {
		if !p.ownOrigin.Swap(&originEvidence{p.Now().Add(originEvidenceTTL)}).isCurrent(p.Now()) {
			p.Log.Warn("account linking: the authorization server's pages work at their own address only; "+
				"browsers are sent there for an hour",
				"reason", reason, "remedy", "set account_linking.authorize: redirect, or proxy to carry them all the same")
		}
		x.Handling = "redirect"
		http.Redirect(w, r, f.authorizeURL.String(), http.StatusFound)
		p.Recorder.Record(&x.RawExchange)
		return
	}
	if !x.ReturnsToClient { // and what leads back is not touched
		f.setCookie(w)
		p.adaptHeader(x, r)
	}
	writeResponse(w, r, x)
	p.Recorder.Record(&x.RawExchange)
}

// redirectBrowser answers with a redirect to the authorization server, the query as it came. What follows there is not seen.
func (p *Proxy) redirectBrowser(w http.ResponseWriter, r *http.Request, x *exchange) {
	status := http.StatusFound
	if r.Method == http.MethodPost {
		status = http.StatusTemporaryRedirect // which keeps method and body
	}
	x.Handling, x.Status = "redirect", status
	x.ResponseHeader = http.Header{"Location": {x.Target.String()}, "Cache-Control": {"no-store"}}
	writeResponse(w, r, x)
	p.Recorder.Record(&x.RawExchange)
}
