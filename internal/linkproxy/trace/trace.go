// Package trace records what passes through the account-linking proxy: it masks secrets, joins the exchanges of one attempt to
// link an account, stores them, and reports each changed trace to a callback. It does not judge them.
package trace

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lastpost/internal/har"
)

// Leg is what an exchange was for.
type Leg string

// The legs of a linking.
const (
	LegAuthorize Leg = "authorize" // the browser's first request
	LegPage      Leg = "page"      // what followed it in the browser: signing in, consenting, and what the pages load
	LegToken     Leg = "token"     // Amazon's servers' request for tokens
)

// A Trace is one attempt to link an account, and what became of it later: its exchanges, in the order of their beginnings.
type Trace struct {
	ID           string
	Exchanges    []Exchange
	MaybeRelated string // the trace that may be the other leg of this attempt, which nothing tells for sure; "": none
}

// Began is when the first request came.
func (t Trace) Began() time.Time {
	if len(t.Exchanges) == 0 {
		return time.Time{}
	}
	return t.Exchanges[0].Began
}

// LastRequest is when the last request came.
func (t Trace) LastRequest() time.Time {
	if len(t.Exchanges) == 0 {
		return time.Time{}
	}
	return t.Exchanges[len(t.Exchanges)-1].Began
}

// ClientID is the client id, as the first request names it.
func (t Trace) ClientID() string {
	for _, x := range t.Exchanges {
		if id := x.Facts.clientID(); id != "" {
			return id
		}
	}
	return ""
}

// An Exchange is one request and its answer, as they are kept: with secrets masked, unless Full says otherwise.
type Exchange struct {
	ID           string    `json:"id"`
	Trace        string    `json:"trace"`
	JoinedBy     string    `json:"joined,omitempty"`  // by which tie it is of the trace: state, code, refresh_token, code_verifier, browser
	MaybeRelated string    `json:"perhaps,omitempty"` // the trace that it may be of, for all that its client tells
	ClientHash   string    `json:"from,omitempty"`    // who asked, by a keyed hash of their address
	Leg          Leg       `json:"leg"`
	Handling     string    `json:"carried,omitempty"` // "redirect": the browser was sent on, and the OAuth server not asked
	Full         bool      `json:"full,omitempty"`    // nothing is masked
	Began        time.Time `json:"began"`
	DurationMS   float64   `json:"ms"` // from the request's beginning to the answer's end
	Timing       Timing    `json:"timing"`
	LocalPath    string    `json:"asked"` // the path at this service
	Method       string    `json:"method"`
	URL          string    `json:"url"` // at the OAuth server
	Proto        string    `json:"proto"`
	Request      Message   `json:"request"`
	Status       int       `json:"status"` // 0: there was no answer
	Response     Message   `json:"answer"`
	Error        string    `json:"error,omitempty"` // why there was none
	Facts        Facts     `json:"facts"`

	flow string // of the browser, see Passed; it is not kept
}

// Timing is what the time went into, in milliseconds; 0 where nothing did.
type Timing struct {
	DNS     float64 `json:"dns,omitempty"`
	Connect float64 `json:"connect,omitempty"`
	TLS     float64 `json:"tls,omitempty"`
	Send    float64 `json:"send,omitempty"`
	Wait    float64 `json:"wait,omitempty"`
	Receive float64 `json:"receive,omitempty"`
}

// A Message is headers and body.
type Message struct {
	Header []Field `json:"header"`
	Size   int     `json:"size"` // of the body as it passed
	Type   string  `json:"type,omitempty"`
	Body   string  `json:"body,omitempty"`
	Note   string  `json:"note,omitempty"`   // what Body is, where it is not the body
	Base64 bool    `json:"base64,omitempty"` // how Body is written
}

// DisplayText is a body as it can be shown, and what it is where it is not the body as it passed.
func (m Message) DisplayText() string {
	note := m.Note
	if m.Base64 {
		note = "is in Base64"
	}
	switch {
	case m.Body == "" && m.Size > 0:
		return fmt.Sprintf("(%d bytes, which are not kept)", m.Size)
	case note != "":
		return fmt.Sprintf("(%d bytes; this %s)\n%s", m.Size, note, m.Body)
	}
	return m.Body
}

// A Field is a line of a header. Lines are in the order of their names.
type Field = har.Pair

// Facts are what the diagnosis goes by. They were taken from what passed before anything was masked; secrets in them are
// masked in every case, so that what is equal can be seen, also across the end of full recording.
type Facts struct {
	Request      Params            `json:"request,omitempty"`  // of the query at authorize, and of the form at token
	Query        Params            `json:"query,omitempty"`    // of the query at token, where nothing should be
	ClientAuth   ClientAuth        `json:"client"`             // who asks for tokens
	Verifier     *Verifier         `json:"verifier,omitempty"` // of PKCE
	BodyKind     string            `json:"form,omitempty"`     // of an answer's body: json, form, page, empty, other
	Members      map[string]Member `json:"members,omitempty"`  // of a JSON answer
	Header       map[string]string `json:"header,omitempty"`   // of the answer, what rules are about
	Callback     *Callback         `json:"back,omitempty"`     // the redirect to who asked
	OtherHost    string            `json:"away,omitempty"`     // another host that the browser was sent to
	Page         *Outline          `json:"page,omitempty"`
	Subresource  bool              `json:"part,omitempty"`    // a page asked for it, not the browser: a picture, a script's question
	NetworkError string            `json:"network,omitempty"` // why there was no answer: dns, refused, timeout, certificate, tls, other
}

// Params are parameters of a request, secret ones masked. A name that came twice has two values.
type Params map[string][]string

// Get is the first value, or "".
func (p Params) Get(name string) string {
	if values := p[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// Repeated are the names that came more than once, in order.
func (p Params) Repeated() (names []string) {
	for name, values := range p {
		if len(values) > 1 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ClientAuth is how the one who asks for tokens says who it is.
type ClientAuth struct {
	ID      string `json:"id,omitempty"`
	Basic   bool   `json:"basic,omitempty"`  // with an Authorization header
	Body    bool   `json:"body,omitempty"`   // with client_secret in the body
	Secret  string `json:"secret,omitempty"` // masked
	Problem string `json:"broken,omitempty"` // what is wrong with the Authorization header
}

// Verifier is what PKCE's verifier leads to.
type Verifier struct {
	S256    string `json:"s256"` // the challenge that it belongs to
	Masked  string `json:"mask"` // of itself, which is the challenge of method plain
	Problem string `json:"form,omitempty"`
}

// A Member is a value of a JSON object.
type Member struct {
	Kind  string `json:"kind"`            // string, number, boolean, null, array, object
	Value string `json:"value,omitempty"` // masked where it may be secret
}

// Callback is where the browser is sent in the end.
type Callback struct {
	URL      string `json:"to"` // without query and fragment
	Query    Params `json:"query,omitempty"`
	Fragment Params `json:"fragment,omitempty"`
}

// Get is a parameter of the redirect back, of its query or else of its fragment.
func (b *Callback) Get(name string) string {
	if b == nil {
		return ""
	}
	if value := b.Query.Get(name); value != "" {
		return value
	}
	return b.Fragment.Get(name)
}

// Outline is what a page said.
type Outline struct {
	Title        string   `json:"title,omitempty"`
	Text         string   `json:"text,omitempty"`
	Forms        []string `json:"forms,omitempty"`
	OpensWindow  bool     `json:"popups,omitempty"`
	OriginReason string   `json:"needs,omitempty"` // why it would need its own address
}

// clientID is the client that an exchange is of.
func (f Facts) clientID() string {
	if f.ClientAuth.ID != "" {
		return f.ClientAuth.ID
	}
	return f.Request.Get("client_id")
}

// RelatedHint says in a few words which other trace may be of the same attempt; "": none is.
func (t Trace) RelatedHint() string {
	if t.MaybeRelated == "" {
		return ""
	}
	return "perhaps of the same attempt as trace " + t.MaybeRelated + ": the client is the same, and nothing else tells"
}

// Outcome says how far an attempt came, in a few words.
func (t Trace) Outcome() string {
	outcome := "nothing was asked"
	for i := range t.Exchanges {
		if said := t.Exchanges[i].progress(); said != "" {
			outcome = said
		}
	}
	return outcome
}

// hasToken reports whether an answer has a token in it.
func (x *Exchange) hasToken() bool {
	return x.Status >= 200 && x.Status < 300 && x.ErrorCode() == "" && x.Facts.Members["access_token"].Value != ""
}

// progress is how far it has come with one exchange; "": no further.
func (x *Exchange) progress() string {
	token, refresh := x.Leg == LegToken, x.Facts.Request.Get("grant_type") == "refresh_token"
	switch {
	case x.Facts.NetworkError != "":
		return "no answer from the OAuth server"
	case x.IsMisplaced():
		return "a token was asked for at the authorization URL"
	case x.Handling != "":
		return "the browser was sent on"
	case token && x.hasToken() && refresh:
		return "refreshed"
	case token && x.hasToken():
		return "token given"
	case token && x.Status < 400 && x.ErrorCode() == "":
		return fmt.Sprintf("no token: %d", x.Status)
	case token && refresh:
		return fmt.Sprintf("refresh refused: %d %s", x.Status, x.ErrorCode())
	case token:
		return strings.TrimSpace(fmt.Sprintf("token refused: %d %s", x.Status, x.ErrorCode()))
	case x.Facts.Callback.Get("error") != "":
		return "authorization refused: " + x.Facts.Callback.Get("error")
	case x.Facts.Callback != nil:
		return "sent back"
	case x.Leg == LegAuthorize && x.Status >= 400:
		return fmt.Sprintf("authorization refused: %d", x.Status)
	case x.Leg == LegAuthorize:
		return "signing in"
	}
	return ""
}

// IsMisplaced reports whether a token is asked for where browsers are to begin.
func (x *Exchange) IsMisplaced() bool {
	return x.Leg == LegAuthorize && x.Facts.Request.Get("grant_type") != ""
}

// ErrorCode is an answer's error code, whatever its status.
func (x *Exchange) ErrorCode() string {
	if x.Facts.Members["error"].Kind != "string" {
		return ""
	}
	return x.Facts.Members["error"].Value
}
