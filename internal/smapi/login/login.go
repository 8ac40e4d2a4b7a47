// Package login signs an operator in with Login with Amazon (LWA): it gets, stores and renews the tokens that
// Amazon's skill management API needs. It does not call that API.
package login

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// Addresses of Login with Amazon.
const (
	DefaultAuthorizeURL = "https://www.amazon.com/ap/oa"
	DefaultTokenURL     = "https://api.amazon.com/auth/o2/token"
)

// Scopes. A token with a scope can act on every skill of the account.
const (
	ScopeSkills = "alexa::ask:skills:readwrite"
	ScopeModels = "alexa::ask:models:readwrite"
	ScopeTest   = "alexa::ask:skills:test" // simulations and invocations
)

// DeployScopes returns the least scopes of a deployment. Add ScopeTest to also try the skill.
func DeployScopes() []string { return []string{ScopeSkills, ScopeModels} }

// A Profile is the client of a security profile of Login with Amazon.
type Profile struct{ ClientID, ClientSecret string }

// A SignInError is a refusal by Login with Amazon.
type SignInError struct {
	Step        string // such as "renew the access token"
	Status      int    // of the HTTP answer, 0 for a refusal in the browser
	Code        string // such as invalid_grant
	Description string // by Amazon, without secrets
	Remedy      string // one or more sentences
}

func (e *SignInError) Error() string { return e.Step + ": " + e.Code + ": " + e.Remedy }

// Options are what a sign-in and a session need.
type Options struct {
	BaseURL   string          // replaces scheme and host of both addresses; "": Amazon's
	UserAgent string          // of requests to BaseURL
	HTTP      *http.Client    // nil: own client
	Debug     io.Writer       // receives each exchange without secrets; nil: none
	Store     CredentialStore // a Store without Dir stores nothing
	Profile   Profile         // from the environment; empty fields: from the store

	// RefreshToken is from the environment. It replaces the stored one and is not stored. "": the stored one.
	RefreshToken string

	Command string                                           // the command in remedies; "": "skill deploy"
	Notice  func(line string)                                // receives warnings; nil: none
	Now     func() time.Time                                 // nil: time.Now
	Pause   func(ctx context.Context, d time.Duration) error // between two attempts; nil: real
}

// A TokenSession has an access token and renews it. It implements smapi.TokenSource. Several goroutines can use it.
type TokenSession struct{ o Options }

// NewTokenSession returns a session with the stored sign-in or that of the environment. If there is none, the error says how to
// sign in. It sends no request.
func NewTokenSession(o Options) (*TokenSession, error) { return &TokenSession{o}, nil }

// Token returns an access token that is valid for another 60 s.
func (s *TokenSession) Token(ctx context.Context) (string, error) {
	return "", errors.New("not built yet")
}

// Renew returns another token than refused, which Amazon has refused with status 401.
func (s *TokenSession) Renew(ctx context.Context, refused string) (string, error) {
	return "", errors.New("not built yet")
}

// RequireScope returns an error with its remedy if the sign-in is known not to include a scope. flags are those that the remedy
// adds to the command, such as "--try \"open half elf\"".
func (s *TokenSession) RequireScope(scope, flags string) error { return nil }

// SignInOptions are the options of SignIn.
type SignInOptions struct {
	Options
	In      io.Reader // the terminal; it can also be a file, a pipe or nil
	Out     io.Writer
	Scopes  []string      // nil: DeployScopes
	NoPKCE  bool          // if Amazon refuses PKCE
	Port    int           // of the listener; 0: 9090. Amazon knows the return URL with 9090 only
	Timeout time.Duration // 0: 30 minutes
}

// SignIn signs the operator in and stores the result. It asks for the client id and the client secret if neither the
// store nor the options have them.
func SignIn(ctx context.Context, o SignInOptions) error { return errors.New("not built yet") }

// Logout deletes the stored sign-in and prints where access is removed at Amazon.
func Logout(ctx context.Context, store CredentialStore, out io.Writer) error {
	return errors.New("not built yet")
}
