// Package trace records the exchanges of the account-linking proxy. It masks secrets, groups the exchanges of one
// attempt to link an account, stores them, and reports each changed trace to a callback. It does not decide whether a
// trace is correct.
package trace

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lastpost/internal/har"
	"lastpost/internal/linkproxy/tlsproblem"
)

// Leg is the purpose of an exchange.
type Leg string

// The legs of account linking.
const (
	LegAuthorize Leg = "authorize" // the browser's first request
	LegPage      Leg = "page"      // the browser's later requests: sign-in, consent, and the resources that the pages load
	LegToken     Leg = "token"     // the token requests of Amazon's servers
)

// A Trace is one attempt to link an account, with the later token refreshes. Its exchanges are in the order of their
// start times.
type Trace struct {
	ID           string
	Exchanges    []Exchange
	MaybeRelated string // the trace that may be the other leg of this attempt, without proof; "" if none
}

// Began returns the start time of the first request.
func (t Trace) Began() time.Time {
	if len(t.Exchanges) == 0 {
		return time.Time{}
	}
	return t.Exchanges[0].Began
}

// LastRequest returns the start time of the last request.
func (t Trace) LastRequest() time.Time {
	if len(t.Exchanges) == 0 {
		return time.Time{}
	}
	return t.Exchanges[len(t.Exchanges)-1].Began
}

// IsUnknown reports whether the trace consists of token requests with codes or refresh tokens that were never issued here.
// They say nothing about the OAuth server.
func (t Trace) IsUnknown() bool {
	return len(t.Exchanges) > 0 && !slices.ContainsFunc(t.Exchanges, func(x Exchange) bool { return !x.Unknown })
}

// IsPartial reports whether another replica may have other requests of this attempt.
func (t Trace) IsPartial() bool {
	return slices.ContainsFunc(t.Exchanges, func(x Exchange) bool { return x.Partial })
}

// ClientID returns the first client ID in the trace.
func (t Trace) ClientID() string {
	for _, x := range t.Exchanges {
		if id := x.Facts.clientID(); id != "" {
			return id
		}
	}
	return ""
}

// An Exchange is a stored request with its response. Secrets are masked unless Full is set.
type Exchange struct {
	ID           string      `json:"id"`
	Trace        string      `json:"trace"`
	JoinedBy     string      `json:"joined,omitempty"`  // the value that matched: state, code, refresh_token, code_verifier, browser
	MaybeRelated string      `json:"perhaps,omitempty"` // ID of the trace that it may belong to; only the client ID matches
	ClientHash   string      `json:"from,omitempty"`    // a keyed hash of the requester's address
	Leg          Leg         `json:"leg"`
	Handling     string      `json:"carried,omitempty"` // "redirect": the proxy redirected the browser and did not contact the OAuth server
	Full         bool        `json:"full,omitempty"`    // nothing is masked
	Began        time.Time   `json:"began"`
	DurationMS   float64     `json:"ms"` // from the start of the request to the end of the response
	Timing       Timing      `json:"timing"`
	LocalPath    string      `json:"asked"` // the path at this service
	Method       string      `json:"method"`
	URL          string      `json:"url"` // at the OAuth server
	Proto        string      `json:"proto"`
	Request      HTTPMessage `json:"request"`
	Status       int         `json:"status"` // 0: no response
	Response     HTTPMessage `json:"answer"`
	Error        string      `json:"error,omitempty"` // why there is no response
	Facts        Facts       `json:"facts"`
	Unknown      bool        `json:"unknown,omitempty"` // a token request with a code or refresh token that was never issued here
	Partial      bool        `json:"partial,omitempty"` // another replica may have the other requests of this attempt

	flow string // the browser's flow, see RawExchange; it is not stored
}

// Timing splits the duration into stages, in milliseconds. A stage that did not run has 0.
type Timing struct {
	DNS     float64 `json:"dns,omitempty"`
	Connect float64 `json:"connect,omitempty"`
	TLS     float64 `json:"tls,omitempty"`
	Send    float64 `json:"send,omitempty"`
	Wait    float64 `json:"wait,omitempty"`
	Receive float64 `json:"receive,omitempty"`
}

// An HTTPMessage is the header and the body of a request or a response, as stored.
type HTTPMessage struct {
	Header []Field `json:"header"`
	Size   int     `json:"size"` // of the original body
	Type   string  `json:"type,omitempty"`
	Body   string  `json:"body,omitempty"`
	Note   string  `json:"note,omitempty"`   // describes Body if it is not the original body
	Base64 bool    `json:"base64,omitempty"` // Body is Base64
}

// DisplayText returns the body as text for display. If it is not the original body, a note comes first.
func (m HTTPMessage) DisplayText() string {
	note := m.Note
	if m.Base64 {
		note = "is Base64"
	}
	switch {
	case m.Body == "" && m.Size > 0:
		return fmt.Sprintf("(%d bytes, not recorded)", m.Size)
	case note != "":
		return fmt.Sprintf("(%d bytes; this %s)\n%s", m.Size, note, m.Body)
	}
	return m.Body
}

// A Field is one line of a header.
type Field = har.Pair

// Facts are the input of the diagnosis in package lint. The secrets in them are always masked, even during full
// recording. So an exchange from that time can be compared with later exchanges.
type Facts struct {
	Request      RequestParams     `json:"request,omitempty"`  // from an authorization request's query, or a token request's form
	Query        RequestParams     `json:"query,omitempty"`    // from the query of a token request, which should not have one
	ClientAuth   ClientAuth        `json:"client"`             // of a token request
	Verifier     *CodeVerifier     `json:"verifier,omitempty"` // of PKCE
	BodyKind     string            `json:"form,omitempty"`     // kind of the response body: json, form, page, empty, other
	Members      map[string]Member `json:"members,omitempty"`  // of a JSON response
	Header       map[string]string `json:"header,omitempty"`   // the response headers that rules use
	Callback     *Callback         `json:"back,omitempty"`     // the redirect back to the client
	OtherHost    string            `json:"away,omitempty"`     // the host that the browser is redirected to, if it is another one
	Page         *Outline          `json:"page,omitempty"`
	Subresource  bool              `json:"part,omitempty"`    // requested by a page, not by the user: an image, a script's request
	NetworkError string            `json:"network,omitempty"` // why there is no response: dns, refused, timeout, certificate, tls, other
	TLS          *tlsproblem.Fault `json:"tls,omitempty"`     // why the TLS handshake failed
	StateLength  int               `json:"state_length,omitempty"`
	ErrorText    string            `json:"error_text,omitempty"` // the error message of a JSON response that is not in OAuth's form
	Blocked      string            `json:"blocked,omitempty"`    // the sign that a firewall sent the response, not the OAuth server
	Cookies      []string          `json:"cookies,omitempty"`    // the names of the browser's cookies
	SetCookies   []SetCookie       `json:"set_cookies,omitempty"`
}

// RequestParams are a request's parameters with secrets masked. A repeated name has several values.
type RequestParams map[string][]string

// Get returns the first value of a parameter, or "".
func (p RequestParams) Get(name string) string {
	if values := p[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// Repeated returns the names that have several values, sorted.
func (p RequestParams) Repeated() (names []string) {
	for name, values := range p {
		if len(values) > 1 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ClientAuth describes how the client authenticates in a token request.
type ClientAuth struct {
	ID      string `json:"id,omitempty"`
	Basic   bool   `json:"basic,omitempty"`  // with an Authorization header
	Body    bool   `json:"body,omitempty"`   // with client_secret in the body
	Secret  string `json:"secret,omitempty"` // masked
	Problem string `json:"broken,omitempty"` // the fault in the Authorization header

	Reserved  string `json:"reserved,omitempty"`   // characters of the secret in an Authorization header that form decoding changes
	BadEscape bool   `json:"bad_escape,omitempty"` // form decoding fails
}

// CodeVerifier describes the code_verifier of PKCE.
type CodeVerifier struct {
	S256    string `json:"s256"`           // the challenge that it matches with the method S256
	Masked  string `json:"mask"`           // the masked verifier, which is also the masked challenge of the method plain
	Problem string `json:"form,omitempty"` // why its form is invalid; "": valid
}

// A Member is a value in a JSON object.
type Member struct {
	Kind  string `json:"kind"`            // string, number, boolean, null, array, object
	Value string `json:"value,omitempty"` // masked if it may be secret
}

// Callback is the redirect of the browser back to the client, which is Amazon.
type Callback struct {
	URL      string        `json:"to"` // without query and fragment
	Query    RequestParams `json:"query,omitempty"`
	Fragment RequestParams `json:"fragment,omitempty"`

	Unencoded   string `json:"unencoded,omitempty"`    // the character of the code that is not percent-encoded
	LiteralCode string `json:"literal,omitempty"`      // the masked code if + is not a space
	StateChange string `json:"state_change,omitempty"` // how state changed since the authorization request
}

// Get returns a parameter from the query, or else from the fragment.
func (b *Callback) Get(name string) string {
	if b == nil {
		return ""
	}
	if value := b.Query.Get(name); value != "" {
		return value
	}
	return b.Fragment.Get(name)
}

// Outline is a summary of a page, with secrets masked.
type Outline struct {
	Title        string   `json:"title,omitempty"`
	Text         string   `json:"text,omitempty"`
	Forms        []string `json:"forms,omitempty"`
	OpensWindow  bool     `json:"popups,omitempty"`
	OriginReason string   `json:"needs,omitempty"` // why the page requires its own origin
}

// clientID returns the client ID in a request, or "".
func (f Facts) clientID() string {
	if f.ClientAuth.ID != "" {
		return f.ClientAuth.ID
	}
	return f.Request.Get("client_id")
}

// RelatedHint returns a text about the trace that may belong to the same attempt, or "" if there is none.
func (t Trace) RelatedHint() string {
	if t.MaybeRelated == "" {
		return ""
	}
	return "perhaps of the same attempt as trace " + t.MaybeRelated + ": only the client ID matches"
}

// Outcome describes in a few words the last step that the attempt reached.
func (t Trace) Outcome() string {
	outcome := "no request"
	for i := range t.Exchanges {
		if progress := t.Exchanges[i].progress(); progress != "" {
			outcome = progress
		}
	}
	return outcome
}

// hasToken reports whether the response is a success and contains an access token.
func (x *Exchange) hasToken() bool {
	return x.Status >= 200 && x.Status < 300 && x.ErrorCode() == "" && x.Facts.Members["access_token"].Value != ""
}

// progress describes the step that an exchange reached. It returns "" if the attempt made no progress.
func (x *Exchange) progress() string {
	token, refresh := x.Leg == LegToken, x.Facts.Request.Get("grant_type") == "refresh_token"
	switch {
	case x.Unknown:
		return strings.TrimSpace(fmt.Sprintf("unknown token: %d %s", x.Status, x.ErrorCode()))
	case x.Facts.NetworkError != "":
		return "no response from the OAuth server"
	case x.IsMisplaced():
		return "token request at the authorization URL"
	case x.Handling != "":
		return "browser redirected"
	case token && x.hasToken() && refresh:
		return "refreshed"
	case token && x.hasToken():
		return "token issued"
	case token && x.Status < 400 && x.ErrorCode() == "":
		return fmt.Sprintf("no token: %d", x.Status)
	case token && refresh:
		return fmt.Sprintf("refresh refused: %d %s", x.Status, x.ErrorCode())
	case token:
		return strings.TrimSpace(fmt.Sprintf("token refused: %d %s", x.Status, x.ErrorCode()))
	case x.Facts.Callback.Get("error") != "":
		return "authorization refused: " + x.Facts.Callback.Get("error")
	case x.Facts.Callback != nil:
		return "redirected back"
	case x.Leg == LegAuthorize && x.Status >= 400:
		return fmt.Sprintf("authorization refused: %d", x.Status)
	case x.Leg == LegAuthorize:
		return "signing in"
	}
	return ""
}

// IsMisplaced reports whether the exchange is a token request that was sent to the authorization URL.
func (x *Exchange) IsMisplaced() bool {
	return x.Leg == LegAuthorize && x.Facts.Request.Get("grant_type") != ""
}

// ErrorCode returns the member "error" of a response with any status, or "".
func (x *Exchange) ErrorCode() string {
	if x.Facts.Members["error"].Kind != "string" {
		return ""
	}
	return x.Facts.Members["error"].Value
}
