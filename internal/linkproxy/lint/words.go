package lint

import (
	"net/http"
	"regexp"
	"strings"

	"lastpost/internal/linkproxy/trace"
)

// The patterns recognise a kind of error in the wordings of many OAuth servers. Rules look at the structure of a response
// first: its status, its forms, the members of its JSON. The looser patterns are only for responses with an error status.
var (
	mentionsRedirectURI = regexp.MustCompile(`(?i)` + redirectURI + `|redirect_mismatch`)
	rejectedRedirectURI = regexp.MustCompile(`(?i)redirect_mismatch|AADSTS50011|url blocked|redirect_ur[il]` +
		`|` + redirectURI + `.{0,200}` + refusal +
		`|(invalid|unregistered|unknown|mismatch(ing|ed)?|illegal|wrong|incorrect|bad|unauthori[sz]ed|malformed).{0,40}` + redirectURI)

	mentionsClient = regexp.MustCompile(`(?i)client|application`)
	rejectedClient = regexp.MustCompile(`(?i)(unknown|invalid|unrecogni[sz]ed|unregistered|no such|disabled|inactive)[ _](oauth )?` +
		`(client|application|app)\b|(unknown|invalid)[ _]client|(client|application)\b.{0,80}(not|un)[ _-]?(be )?` +
		`(found|known|exist|registered|recogni[sz]ed|valid|enabled|authori[sz]ed|permitted|approved)|` +
		`client.{0,40}does(n't| not) exist|AADSTS700016|unauthorized_client`)

	mentionsScope = regexp.MustCompile(`(?i)scope`)
	rejectedScope = regexp.MustCompile(`(?i)invalid_scope|AADSTS(70011|650053)|(unknown|invalid|unsupported|disallowed) scope` +
		`|\bscopes?\b.{0,80}` + refusal)

	mentionsPKCE    = regexp.MustCompile(`(?i)pkce|code[ _]?(challenge|verifier)`)
	mentionsWebView = regexp.MustCompile(`(?i)disallowed_useragent|embedded (browser|user.?agent|web.?view)|` +
		`browser (is )?not (be )?(supported|secure)|unsupported browser`)
	mentionsCookie  = regexp.MustCompile(`(?i)cookie`)
	mentionsSession = regexp.MustCompile(`(?i)cookie|session|csrf|xsrf|correlation failed`)
	mentionsLength  = regexp.MustCompile(`(?i)too (long|large|big)|length exceed|exceed(s|ed)?\b.{0,60}(length|limit|character|column)|` +
		`(cannot|must not|may not) exceed|longer than|data (would be )?truncated|at most \d+|(greater|more) than \d+ char|` +
		`(length|size).{0,20} (between \d+ and \d+|\d+ or (less|fewer))|max(imum|\.)? (allowed )?(length|size|of \d+)`)

	// mentionsError matches a page that reports an error of any kind, in several languages.
	mentionsError = regexp.MustCompile(`(?i)error|sorry|went wrong|failed|failure|invalid|denied|forbidden|problem|unable|not found|` +
		`expired|fehler|ungültig|erreur|invalide|errore|inválid|fout|feil|błąd|chyba|virhe|ошибк|エラー|错误|錯誤|오류`)

	// rejectsSecret matches the rejection of a client's secret or id at the token endpoint.
	rejectsSecret = regexp.MustCompile(`(?i)client[ _]?(secret|credential|authentication|id\b).{0,60}(invalid|incorrect|mismatch|wrong|` +
		`fail|not match|not found|expired|unknown)|(invalid|incorrect|bad|wrong|unknown|validating).{0,20}client[ _]?` +
		`(secret|credential|id\b|auth)`)
	rejectedCode = regexp.MustCompile(`(?i)\bcode\b.{0,60}(expired|invalid|incorrect|already|used|not found|redeemed|revoked|unknown|` +
		`not valid|does(n't| not) exist)|(invalid|expired|unknown|used)[ _](authori[sz]ation[ _]|verification[ _])?code\b`)
	mentionsDecoding = regexp.MustCompile(`(?i)x-www-form-urlencoded|(could|can)(not| not|n't) be decoded|decod|urierror|uri malformed|` +
		`malformed.{0,40}(authori[sz]ation|credential|header)|(authori[sz]ation header|credentials?).{0,60}(malformed|encod|invalid|pars)`)

	// deniedByServer matches an access_denied that a rule of the OAuth server causes, and not the listener.
	deniedByServer = regexp.MustCompile(`(?i)not (been )?(assigned|authori[sz]ed|allowed|permitted|granted|verified|a member|in the)|` +
		`block|polic(y|ies)|admin.{0,30}(consent|approv)|requires? approval|conditional access|test user|org_internal|service not found|` +
		`forgot|licen[cs]e|disabled|locked|multi-?factor|AADSTS(50105|53\d{3}|90094|65001)|access rule|insufficient`)
	// deniedByListener matches the words that the listener did not allow something, which deniedByServer would match too.
	deniedByListener = regexp.MustCompile(`(?i)\b(user|owner|listener|customer|account holder|you)\b.{0,20}\b(has|have|had|did)` +
		`(n't| not) (authori[sz]|grant|allow|permit|approv|consent|accept)\w*`)
	// declines matches the error codes of a listener who cancels.
	declines = regexp.MustCompile(`(?i)^(access_denied|deny|denied|(user_?)?(cancel(l?ed)?|denied|declined|abort(ed)?|refused)(_\w+)?|` +
		`consent_(denied|declined|rejected))$`)
)

// redirectURI matches the names of the redirect URI, in several languages.
const redirectURI = `((redirect(ion|ing)?|call ?back|reply|return)( to)?( an?| the)?[ _-]?(web )?(ur[il]|address)e?s?|` +
	`ur[il] (de |di )?(redirec|retorno|retour|rappel|reindirizz)|(weiterleitung|umleitung|rückleitung|rückruf)s?[- ]?(ur[il]|adresse)|` +
	`(omleidings|omdirigerings)[- ]?ur[il]|リダイレクト ?ur[il]|重定向|重新導向|回调|回調|리디렉션 ?ur[il]|адрес перенаправления)`

// refusal matches the words that refuse a value, in several languages.
const refusal = `(invalid|mismatch|(not|n't) (been |be )?(match|registered|allowed|valid|configured|authori[sz]ed|permitted|whitelisted|` +
	`known|found|correct|support|exist|grant|on\b|one of|among|part of)|not in the|unregistered|unknown|missing in|malformed|` +
	`must (be|match|point)|refused|rejected|disallowed|illegal|incorrect|wrong|\bdiffer|(allow|white) ?list|` +
	`ungültig|nicht (registriert|erlaubt|zugelassen|gültig|überein)|stimm(t|en) nicht|invalide|n'est pas|ne correspond|` +
	`inválid|no (es|est[áa]|coincide)|non (valid|autori|registr|corrisp)|não (é|está|corresponde)|недопустим|неверн|не совпадает|` +
	`無効|无效|登録されていません|一致しません|不正|错误|錯誤|未注册|未註冊|不匹配|일치하지|등록되지)`

// isErrorPage reports whether a response with status 200 is an answer without a sign-in: a JSON object, a text or a page
// that the user cannot continue from.
func (x *exchange) isErrorPage() bool {
	if x.Status != http.StatusOK || x.Facts.Callback != nil {
		return false
	}
	return x.Facts.Page == nil && x.Facts.BodyKind == "json" || x.Facts.Page != nil && !x.hasSignInForm()
}

// hasSignInForm reports whether a page has a form that continues the sign-in. A search form or a choice of the language
// does not: it is a GET without a field for a name or a password.
func (x *exchange) hasSignInForm() bool {
	if x.Facts.Page == nil {
		return false
	}
	for _, form := range x.Facts.Page.Forms {
		if strings.HasPrefix(form, http.MethodPost) || signInField.MatchString(form) {
			return true
		}
	}
	return false
}

var signInField = regexp.MustCompile(`(?i)password|email|user|login|otp|phone|consent|approve|allow`)

// isLoginRetry reports whether the response shows the sign-in page again, for example after a wrong password.
func (x *exchange) isLoginRetry() bool {
	return x.Leg == trace.LegPage && x.hasSignInForm()
}

// errorText returns the error texts in a response: error code and description, the message of another JSON object, or
// the visible text of a page. Secrets in it are masked.
func (x *exchange) errorText() string {
	words := []string{x.Facts.Members["error"].Value, x.Facts.Members["error_description"].Value, x.Facts.ErrorText}
	switch {
	case x.Facts.Callback != nil: // browsers do not show the page of a redirect
		words = append(words, x.Facts.Callback.Get("error"), x.Facts.Callback.Get("error_description"))
	case x.Facts.Page != nil:
		words = append(words, x.Facts.Page.Title, x.Facts.Page.Text)
	}
	var distinct []string
	for _, w := range words {
		if w != "" && !strings.Contains(strings.Join(distinct, " "), w) {
			distinct = append(distinct, w)
		}
	}
	return strings.Join(distinct, " ")
}
