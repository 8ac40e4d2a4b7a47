package inspect

import (
	"context"
	"net/http"
	"time"

	"lastpost/internal/har"
)

// A LinkSource provides the traces of the account-linking proxy. Secrets in them are masked, unless the operator turned
// on full recording.
type LinkSource interface {
	// Setup returns the proxy's configuration.
	Setup() LinkSetup
	// Traces returns the attempts to link an account, newest first, without their legs.
	Traces(ctx context.Context) ([]LinkTrace, error)
	// Trace returns one trace with its legs, or false if there is none with this id.
	Trace(ctx context.Context, id string) (LinkTrace, bool, error)
	// HAR returns a trace as a HAR file, or false if there is none with this id.
	HAR(ctx context.Context, id string) ([]byte, bool, error)
}

// LinkSetup is the proxy's configuration.
type LinkSetup struct {
	AuthorizationURI string // for Amazon's console
	TokenURI         string
	Record           string    // "redacted" or "full"
	FullUntil        time.Time // end of full recording; zero: not active
}

// A LinkTrace is one attempt to link an account, from the first click to the last token.
type LinkTrace struct {
	ID       string
	Began    time.Time
	Outcome  string // summary: "linked", "no token request", …
	Failed   bool   // the attempt ended with a failure
	Stranger bool   // the client's code or refresh token was not issued through this proxy
	Findings []LinkFinding
	Legs     []LinkLeg // only from LinkSource.Trace
}

// A LinkFinding is a diagnosed fault.
type LinkFinding struct {
	Rule        string // the broken rule, such as "client-authentication"
	Title       string // the fault in a few words
	Source      string // of the rule
	Seen        string // the evidence
	Responsible string // console, OAuth server, or network; none if NoFault is set
	Remedy      string
	NoFault     bool // the finding only explains the end of the attempt
}

// Faults returns the number of findings that are faults.
func (t LinkTrace) Faults() (n int) {
	for _, f := range t.Findings {
		if !f.NoFault {
			n++
		}
	}
	return n
}

// Unexplained reports whether the attempt failed and no finding explains it.
func (t LinkTrace) Unexplained() bool { return t.Failed && len(t.Findings) == 0 }

// A LinkLeg is one request of a trace and its response.
type LinkLeg struct {
	Name           string // authorize, page, token, or refresh
	Note           string // why the leg belongs to the trace
	Began          time.Time
	Took           time.Duration
	Method, URL    string
	RequestHeader  []har.Pair
	RequestBody    string
	Status         int // 0: no response
	ResponseHeader []har.Pair
	ResponseBody   string
	Error          string // error message instead of a response
}

// linkSource returns the current source of traces, or nil if account linking is off.
func (p *Page) linkSource() LinkSource {
	if p.Linking == nil {
		return nil
	}
	return p.Linking()
}

func (p *Page) listTraces(w http.ResponseWriter, r *http.Request) {
	var view struct {
		On     bool
		Setup  LinkSetup
		Traces []LinkTrace
		Zone   *time.Location
	}
	view.Zone = p.Status().commonZone()
	linking := p.linkSource()
	if view.On = linking != nil; view.On {
		ctx, cancel := withPageTimeout(r)
		defer cancel()
		var err error
		if view.Traces, err = linking.Traces(ctx); err != nil {
			p.showError(w, err)
			return
		}
		view.Setup = linking.Setup()
	}
	p.renderPage(w, http.StatusOK, "linking", view)
}

func (p *Page) showTrace(w http.ResponseWriter, r *http.Request) {
	serveTrace(p, w, r, LinkSource.Trace, func(found LinkTrace) {
		p.renderPage(w, http.StatusOK, "trace", struct {
			LinkTrace
			Zone *time.Location
		}{found, p.Status().commonZone()})
	})
}

func (p *Page) downloadTrace(w http.ResponseWriter, r *http.Request) {
	serveTrace(p, w, r, LinkSource.HAR, func(archive []byte) { writeAttachment(w, "link.har", archive) })
}

// serveTrace calls load for the trace whose id is in the path, and show with the result. If load does not find the trace
// or fails, serveTrace writes an error page.
func serveTrace[T any](p *Page, w http.ResponseWriter, r *http.Request,
	load func(LinkSource, context.Context, string) (T, bool, error), show func(T)) {
	linking := p.linkSource()
	if linking == nil {
		p.showNotFound(w, "Account linking is off.")
		return
	}
	ctx, cancel := withPageTimeout(r)
	defer cancel()
	switch found, ok, err := load(linking, ctx, r.PathValue("id")); {
	case err != nil:
		p.showError(w, err)
	case !ok:
		p.showNotFound(w, "This trace is no longer stored.")
	default:
		show(found)
	}
}
