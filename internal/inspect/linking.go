package inspect

import (
	"context"
	"net/http"
	"time"

	"lastpost/internal/har"
)

// LinkSource is what the account-linking proxy has seen. Everything that it gives is fit to be shown: secrets are masked by
// whoever recorded them, unless the operator has asked for more.
type LinkSource interface {
	// Setup is how the proxy is configured.
	Setup() LinkSetup
	// Traces gives the attempts to link an account, the newest first.
	Traces(ctx context.Context) ([]LinkTrace, error)
	// Trace gives one with its legs; false where there is none of this id.
	Trace(ctx context.Context, id string) (LinkTrace, bool, error)
	// HAR gives a trace as an HTTP archive; false where there is none of this id.
	HAR(ctx context.Context, id string) ([]byte, bool, error)
}

// LinkSetup is how the proxy is configured.
type LinkSetup struct {
	AuthorizationURI string // for Amazon's console
	TokenURI         string
	Record           string    // how secrets are kept now: "redacted" or "full"
	FullUntil        time.Time // when the recording of secrets ends by itself; zero: there is none
}

// A Trace is one attempt to link an account, from its first click to its last token.
type LinkTrace struct {
	ID       string
	Began    time.Time
	Outcome  string // in a few words: "linked", "no token request", …
	Findings []LinkFinding
	Legs     []LinkLeg // with Linking.Trace only
}

// A Finding is a fault that was diagnosed.
type LinkFinding struct {
	Rule        string // what it says, and where that stands
	Seen        string // what shows it
	Responsible string // console, OAuth server, or network
	Remedy      string
}

// A Leg is one request of a trace and its answer.
type LinkLeg struct {
	Name           string // authorize, page, token, or refresh
	Note           string // how it belongs to the trace
	Began          time.Time
	Took           time.Duration
	Method, URL    string
	RequestHeader  []har.Pair
	RequestBody    string
	Status         int // 0: there was no answer
	ResponseHeader []har.Pair
	ResponseBody   string
	Error          string // why there was no answer
}

// linking is the proxy as it is now; nil: there is none.
func (p *Page) linking() LinkSource {
	if p.Linking == nil {
		return nil
	}
	return p.Linking()
}

func (p *Page) traces(w http.ResponseWriter, r *http.Request) {
	var view struct {
		On     bool
		Setup  LinkSetup
		Traces []LinkTrace
	}
	linking := p.linking()
	if view.On = linking != nil; view.On {
		ctx, cancel := withTime(r)
		defer cancel()
		var err error
		if view.Traces, err = linking.Traces(ctx); err != nil {
			p.fault(w, err)
			return
		}
		view.Setup = linking.Setup()
	}
	p.show(w, http.StatusOK, "linking", view)
}

func (p *Page) trace(w http.ResponseWriter, r *http.Request) {
	find(p, w, r, LinkSource.Trace, func(found LinkTrace) { p.show(w, http.StatusOK, "trace", found) })
}

func (p *Page) traceHAR(w http.ResponseWriter, r *http.Request) {
	find(p, w, r, LinkSource.HAR, func(archive []byte) { give(w, "link.har", archive) })
}

// find looks for the trace that a path names, and shows what was found of it.
func find[T any](p *Page, w http.ResponseWriter, r *http.Request,
	look func(LinkSource, context.Context, string) (T, bool, error), show func(T)) {
	linking := p.linking()
	if linking == nil {
		p.missing(w, "Account linking is off.")
		return
	}
	ctx, cancel := withTime(r)
	defer cancel()
	switch found, ok, err := look(linking, ctx, r.PathValue("id")); {
	case err != nil:
		p.fault(w, err)
	case !ok:
		p.missing(w, "This trace is not kept any more.")
	default:
		show(found)
	}
}
