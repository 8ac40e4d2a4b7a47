package redact

import "strings"

// vocabulary contains the words of OAuth, separated by |. They are names of parameters and members, error codes, media
// types, and the words that package lint searches for in pages.
const vocabulary = "" +
	"|response_type|response_mode|client_id|client_secret|redirect_uri|redirect uri|redirect_url|redirect url|callback uri|" +
	"callback url|scope|state|code|code_challenge|code_challenge_method|code_verifier|grant_type|authorization_code|refresh_token|" +
	"access_token|id_token|token_type|expires_in|error|error_description|error_uri|password|username|client_credentials|" +
	"invalid_request|invalid_client|invalid_grant|invalid_scope|invalid_token|unauthorized_client|unsupported_grant_type|" +
	"unsupported_response_type|access_denied|server_error|temporarily_unavailable|login_required|consent_required|" +
	"interaction_required|account_selection_required|disallowed_useragent|redirect_uri_mismatch|embedded browser|" +
	"embedded user agent|embedded web view|embedded webview|browser not supported|unsupported browser|unknown parameter|" +
	"unexpected parameter|unrecognized parameter|unrecognised parameter|not allowed parameter|application/json|" +
	"application/x-www-form-urlencoded|text/html|text/plain|charset=utf-8|cache-control|content-type|no-store|no-cache|bearer|basic|" +
	"oauth|application|authorization|challenge|verifier|"

// isProtocolWord reports whether a text is a word of the vocabulary or a fragment of one. An attacker may send
// state=access_token, or the fragment state=token. If such a secret were remembered, it would be masked in every
// "access_token" of other texts, and package lint would report wrong findings.
func isProtocolWord(text string) bool { return strings.Contains(vocabulary, strings.ToLower(text)) }
