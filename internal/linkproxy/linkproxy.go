// Package linkproxy is a proxy between Amazon and an OAuth server. It forwards the requests of account linking byte for
// byte and records them, so that the operator sees why linking fails.
//
// It is not an open proxy: the target of a request comes from the two configured URLs, never from the request. The
// authorization server's other pages are served only to a browser that began its authorization here a short while ago.
// Its sign-in is in an encrypted cookie, so that several processes with one secret share it.
// The package does not decide who may link an account. The only responses that it creates itself are errors and
// redirects to the authorization server.
package linkproxy

import (
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"lastpost/internal/faultlog"
	"lastpost/internal/limits"
	"lastpost/internal/linkproxy/trace"
)

// Limits of time and size. Amazon waits 4.5 s for a token. The public listener allows 8 s for a response.
const (
	tokenTimeout      = 4500 * time.Millisecond
	pageTimeout       = 7 * time.Second
	maxRequestBytes   = 256 << 10
	maxTokenBytes     = 256 << 10
	maxPageBytes      = 8 << 20
	freeResponseBytes = 256 << 10 // of each response; only what is beyond counts for maxResponseBytes
	maxResponseBytes  = 32 << 20  // the memory of all large responses; a client gets half of it
	originEvidenceTTL = time.Hour // after it the pages are checked again, because an attacker may have caused the evidence
)

// Mode selects how the proxy handles the browser's requests.
type Mode string

// The modes.
const (
	Auto     Mode = ""         // Proxied until a page works only at its own origin, then Redirect for an hour
	Proxied  Mode = "proxy"    // forward requests for the sign-in pages
	Redirect Mode = "redirect" // redirect the browser to the authorization server; the proxy does not see later requests
)

// A Proxy replaces an OAuth server's endpoints with Path/authorize and Path/token. Its fields must not change after the
// first request.
type Proxy struct {
	Path             string          // without a trailing slash
	AuthorizationURL *url.URL        // the authorization endpoint
	TokenURL         *url.URL        // the token endpoint
	AllowedPaths     []string        // prefixes of the authorization server's paths that browsers may request; none: all
	Mode             Mode            // for the browser's requests
	Secret           []byte          // of the sign-ins' cookies; processes with the same secret share sign-ins; nil: random
	Faults           *faultlog.Log   // receives requests that cannot be served; nil discards them
	Roots            *x509.CertPool  // trusted roots for the OAuth server's certificate; nil: the system's roots
	Recorder         *trace.Recorder // receives each exchange; nil discards them
	Now              func() time.Time
	Log              *slog.Logger // nil discards messages

	initOnce     sync.Once
	transport    *http.Transport
	responses    *limits.Budget
	browserSlots fairSlots
	tokenSlots   fairSlots // separate, so that many browsers cannot block Amazon's servers
	sealer       *sealer
	flows        flowCounts
	ownOrigin    originEvidence
}

func (p *Proxy) initialize() {
	p.initOnce.Do(func() {
		p.transport = newTransport(p.Roots)
		p.responses = limits.NewBudget(maxResponseBytes, maxResponseBytes/2)
		p.browserSlots.max, p.tokenSlots.max = maxBrowserSlots, maxTokenSlots
		p.sealer = newSealer(p.Secret, p.AuthorizationURL)
		if p.Faults == nil {
			p.Faults = &faultlog.Log{}
		}
		if p.Now == nil {
			p.Now = time.Now
		}
		if p.Log == nil {
			p.Log = slog.New(slog.DiscardHandler)
		}
	})
}

// Claims reports whether the proxy handles a request. It does if the path is Path or below it, or if the browser began an
// authorization here or at another process. Callers use Claims only for requests that do not match another route.
func (p *Proxy) Claims(r *http.Request) bool {
	if isBelow(r.URL.EscapedPath(), p.Path) {
		return true
	}
	p.initialize()
	f, foreign := p.lookupFlow(r)
	return f != nil || foreign
}

// ServeHTTP forwards a request to the OAuth server.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.initialize()
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		writeError(w, http.StatusMethodNotAllowed, "method not allowed: use GET or POST")
		return
	}
	path := r.URL.EscapedPath()
	slots, serve := &p.browserSlots, p.servePage
	switch path {
	case p.Path + "/token":
		slots, serve = &p.tokenSlots, p.serveToken
	case p.Path + "/authorize":
		serve = p.serveAuthorize
	}
	body, ok := readRequestBody(w, r) // first, so that a slow sender does not occupy a slot
	if !ok {
		return
	}
	client := clientKey(r)
	if !slots.acquire(r.Context(), client) {
		writeError(w, http.StatusServiceUnavailable, "too many concurrent sign-ins")
		return
	}
	defer slots.release(client)
	serve(w, r, body)
}

// serveToken forwards a token request of Amazon's servers. It does not follow redirects, because Amazon does not follow
// them either.
func (p *Proxy) serveToken(w http.ResponseWriter, r *http.Request, body []byte) {
	x := p.newExchange(r, body, trace.LegToken, withQuery(p.TokenURL, r.URL))
	defer x.release()
	if !p.forward(w, r, x, tokenTimeout, maxTokenBytes) {
		return
	}
	writeResponse(w, r, x)
	p.Recorder.Record(&x.RawExchange)
}

// serveAuthorize forwards the browser's first request, or redirects the browser to the authorization server.
func (p *Proxy) serveAuthorize(w http.ResponseWriter, r *http.Request, body []byte) {
	x := p.newExchange(r, body, trace.LegAuthorize, withQuery(p.AuthorizationURL, r.URL))
	if p.Mode == Redirect || p.Mode == Auto && p.ownOrigin.appliesTo(x.Client, p.Now()) {
		p.redirectBrowser(w, r, x)
		return
	}
	p.forwardPage(w, r, x, p.startFlow(x.Client, x.Target, r.URL.Query().Get("redirect_uri")))
}

// servePage forwards the browser's later requests: the sign-in pages and their subresources. A browser without a
// current flow gets 404, so that the proxy is not open to everyone.
func (p *Proxy) servePage(w http.ResponseWriter, r *http.Request, body []byte) {
	f, foreign := p.lookupFlow(r)
	if foreign {
		p.Faults.Report(foreignCookieFault())
	}
	target := p.upstreamURL(r.URL)
	switch {
	case f == nil || !p.flows.useRequest(f, clientKey(r), p.Now()):
		message := "not found"
		if _, err := r.Cookie(flowCookie); err == nil { // the flow has expired, or the service was restarted
			message = "this sign-in has expired: start it again in the Alexa app"
		}
		writeError(w, http.StatusNotFound, message)
	case !p.isAllowed(target):
		p.Faults.Report(refusedPathFault(target))
		writeError(w, http.StatusNotFound, "not found")
	default:
		p.forwardPage(w, r, p.newExchange(r, body, trace.LegPage, target), f)
	}
}

// forwardPage forwards a browser's request and sends the response. If Mode is Auto and the page would not work at the
// proxy's address, it redirects the browser to start again at the authorization server. It does not redirect a POST.
func (p *Proxy) forwardPage(w http.ResponseWriter, r *http.Request, x *exchange, f *flow) {
	x.Flow, x.AuthorizeURL = f.id, f.authorizeURL
	defer x.release()
	if !p.forward(w, r, x, pageTimeout, maxPageBytes) {
		return
	}
	x.ReturnsToClient = x.returnsToClient(f.redirectURI)
	reason := p.originReason(x)
	x.OriginReason = reason
	if reason != "" && p.Mode == Auto && r.Method != http.MethodPost && f.authorizeURL != nil {
		if x.Leg == trace.LegAuthorize || f.next == pageKey(x.Target) {
			p.addOriginEvidence(x.Client, reason)
		}
		x.Handling = "redirect"
		http.Redirect(w, r, f.authorizeURL.String(), http.StatusFound)
		p.Recorder.Record(&x.RawExchange)
		return
	}
	if !x.ReturnsToClient { // the redirect back to the client stays unchanged
		f.followRedirect(x)
		p.setCookie(w, f)
		p.adaptHeader(x, r)
	}
	writeResponse(w, r, x)
	p.Recorder.Record(&x.RawExchange)
}

// redirectBrowser redirects the browser to the authorization server with the query unchanged. The proxy does not see
// the later requests.
func (p *Proxy) redirectBrowser(w http.ResponseWriter, r *http.Request, x *exchange) {
	status := http.StatusFound
	if r.Method == http.MethodPost {
		status = http.StatusTemporaryRedirect // keeps the method and the body
	}
	x.Handling, x.Status = "redirect", status
	x.ResponseHeader = http.Header{"Location": {x.Target.String()}, "Cache-Control": {"no-store"}}
	writeResponse(w, r, x)
	p.Recorder.Record(&x.RawExchange)
}
