package smapi

// StaleStatusRemedy explains a status of the skill that contradicts the status of the import.
const StaleStatusRemedy = "The status of a skill can be old after several imports. The status of the import is correct."

// Remedy returns what to do about a problem of an import, or "" if it is unknown.
func Remedy(problem Problem) string { return "" }

// A SignInStep is a step of the sign-in with Login with Amazon.
type SignInStep string

// The steps of the sign-in.
const (
	StepAuthorize SignInStep = "authorize" // the page in the browser
	StepCode      SignInStep = "code"      // the code is exchanged for tokens
	StepRefresh   SignInStep = "refresh"   // the refresh token is exchanged for an access token
)

// SignInRemedy returns what to do about an OAuth error such as invalid_grant at a step of the sign-in. description is the
// error_description or the text of the page. The result is never empty.
func SignInRemedy(step SignInStep, code, description string) string { return code }

// MaskText returns a text without the secrets that have a known form.
func MaskText(text string) string { return text }
