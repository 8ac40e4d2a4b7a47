package redact

import "strings"

// vocabulary contains the words of the protocol, separated by |: names of parameters and members, errors, media types,
// and the words that the lint rules search for in pages.
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

// isProtocolWord reports whether a text is a protocol word or a part of one. An attacker may send such a word as a
// secret, for example state=access_token. If it were masked in other texts, the lint rules would not find it there.
func isProtocolWord(text string) bool { return strings.Contains(vocabulary, strings.ToLower(text)) }
