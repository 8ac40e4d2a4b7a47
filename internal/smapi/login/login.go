// Package login signs an operator in with Login with Amazon (LWA): it gets, stores and renews the tokens that
// Amazon's skill management API needs. It does not call that API.
package login

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"lastpost/internal/smapi"
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
type Profile struct {
	ClientID     string `json:"client_id,omitempty"`
	ClientSecret string `json:"client_secret,omitempty"`
}

// ErrNotSignedIn is the error if neither the environment nor the store has a refresh token.
var ErrNotSignedIn = errors.New("this user is not signed in at Amazon")

// A SignInError is a refusal by Login with Amazon. It has no secrets.
type SignInError struct {
	Step        smapi.SignInStep
	Status      int    // of the HTTP answer; 0 for a refusal in the browser
	Code        string // such as invalid_grant
	Description string // by Amazon
	RequestID   string
	Origin      string // of the refused refresh token: a file or a variable, and its client; "": none was sent
	Remedy      string // one or more sentences
}

func (e *SignInError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: Amazon answered %s", describeStep(e.Step), e.Code)
	if e.Description != "" {
		fmt.Fprintf(&text, " (%s)", e.Description)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&text, " [request %s]", e.RequestID)
	}
	if e.Origin != "" {
		fmt.Fprintf(&text, ". %s", e.Origin)
	}
	fmt.Fprintf(&text, ". %s", strings.TrimSuffix(e.Remedy, "."))
	return text.String()
}

// describeStep names a step in errors.
func describeStep(step smapi.SignInStep) string {
	switch step {
	case smapi.StepAuthorize:
		return "sign in at Amazon's page"
	case smapi.StepCode:
		return "exchange Amazon's code for tokens"
	default:
		return "renew the access token"
	}
}

// Options are the options of a sign-in and of a TokenSession.
type Options struct {
	BaseURL   string          // replaces scheme and host of both addresses; "": Amazon's
	UserAgent string          // of requests to BaseURL
	HTTP      *http.Client    // nil: own client
	Debug     io.Writer       // receives each exchange without secrets; nil: none
	Store     CredentialStore // a store without a folder stores nothing
	Profile   Profile         // from the environment; empty fields: from the store

	// RefreshToken is from the environment. It replaces the stored one and is not stored. "": the stored one.
	RefreshToken string

	Command string                                           // the command in remedies; "": "skill deploy"
	Notice  func(line string)                                // receives warnings; nil: none
	Now     func() time.Time                                 // nil: time.Now
	Pause   func(ctx context.Context, d time.Duration) error // between two attempts; nil: real
}

// command returns the command in remedies, with flags.
func (o Options) command(flags string) string {
	command := o.Command
	if command == "" {
		command = "skill deploy"
	}
	return strings.TrimSpace(command + " " + flags)
}

func (o Options) notify(line string) {
	if o.Notice != nil {
		o.Notice(line)
	}
}

// Logout deletes the stored sign-in and prints where access is removed at Amazon.
func Logout(ctx context.Context, store CredentialStore, out io.Writer) error {
	deleted, err := store.Delete(ctx)
	if err != nil {
		return fmt.Errorf("delete the stored sign-in: %w", err)
	}
	if !deleted {
		_, err = fmt.Fprintf(out, "No sign-in is stored in %s.\n", store.Path())
	} else {
		_, err = fmt.Fprintf(out, "Deleted the client and the tokens in %s.\n", store.Path())
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(out, `Amazon still accepts tokens that others have copied. To end that:
1. Open your Amazon account, and there the list of the Login with Amazon apps.
2. Remove the access of your security profile. This ends its refresh tokens.
3. Delete the security profile in the developer console if nothing else uses it.
`)
	return err
}
