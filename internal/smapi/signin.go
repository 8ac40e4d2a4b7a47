package smapi

import "strings"

// A SignInStep is a step of the sign-in with Login with Amazon.
type SignInStep string

// The steps of the sign-in.
const (
	StepAuthorize SignInStep = "authorize" // the page in the browser
	StepCode      SignInStep = "code"      // the code is exchanged for tokens
	StepRefresh   SignInStep = "refresh"   // the refresh token is exchanged for an access token
)

const remedyReturnURL = "Enter http://127.0.0.1:9090/cb in the security profile, exactly so: Web Settings, Edit, Allowed Return URLs."

// signInRules are the rules for OAuth errors. "" matches every step, code or description. The first that matches counts.
var signInRules = []struct {
	step              SignInStep
	code, description string
	remedy            string
}{
	{"", "", "not been whitelisted", remedyReturnURL},
	{"", "", "redirect_uri", remedyReturnURL},
	{"", "invalid_scope", "", "The security profile may not use one of the scopes. Run skill deploy --login without --try. " +
		"If the error stays, make a new security profile."},
	{"", "", "code_challenge", "Amazon refuses PKCE for this client. Run: skill deploy --login --no-pkce."},
	{"", "", "code_verifier", "Amazon refuses PKCE for this client. Run: skill deploy --login --no-pkce."},
	{StepAuthorize, "access_denied", "", "The sign-in was cancelled in the browser. Run skill deploy --login again, and allow the access."},
	{StepCode, "invalid_grant", "", "The code was used before, is too old, or belongs to another return URL. " +
		"Sign in again: skill deploy --login."},
	{StepRefresh, "invalid_grant", "", "The access was removed in the Amazon account, or the refresh token belongs to another " +
		"security profile. Sign in again: skill deploy --login."},
	{"", "invalid_client", "", "The client id or the client secret is wrong. The security profile was deleted, or its secret " +
		"was changed. Copy both from the security profile (Web Settings), and sign in again: skill deploy --login."},
	{"", "unauthorized_client", "", "The token belongs to another client. A refresh token works only with the security profile " +
		"that it was made for, so tokens of ask-cli cannot be used. Sign in again: skill deploy --login."},
	{"", "unsupported_response_type", "", "Make the security profile for Login with Amazon, and sign in again: skill deploy --login."},
	{"", "server_error", "", "Amazon has a fault. Try again later."},
	{"", "temporarily_unavailable", "", "Amazon has a fault. Try again later."},
	{"", "ServiceUnavailable", "", "Amazon has a fault. Try again later."},
	{"", "slow_down", "", "Amazon limits the number of calls. Wait a few minutes, and try again."},
	{StepRefresh, "", "", "Sign in again: skill deploy --login."},
	{"", "", "", "Sign in again: skill deploy --login. For the exchange with Amazon, add --debug."},
}

// SignInRemedy returns what to do about an OAuth error such as invalid_grant at a step of the sign-in. description is the
// error_description or the text of the page. The result is never empty.
func SignInRemedy(step SignInStep, code, description string) string {
	description = strings.ToLower(description)
	for _, r := range signInRules {
		isStep, isCode := r.step == "" || r.step == step, r.code == "" || strings.EqualFold(r.code, code)
		if isStep && isCode && strings.Contains(description, r.description) {
			return r.remedy
		}
	}
	return ""
}
