package login

import (
	"crypto/subtle"
	"net/url"
	"strings"
	"unicode"

	"lastpost/internal/smapi"
	"lastpost/internal/terminal"
)

// A reply is Amazon's answer in the return URL: a code, a refusal, or a problem that leaves the sign-in open.
type reply struct {
	code    string
	scope   string // granted scopes; "": those that were requested
	refused *SignInError
	problem string // for the operator
}

// Problems of a return URL. The sign-in goes on after them.
const (
	problemOtherSignIn = "This is the answer to another sign-in. Open the address that this command has printed last."
	problemNoCode      = "The address does not have a code. Copy the address that the browser shows after the sign-in."
	problemTwoValues   = "The address has two codes or two states. Copy the whole address again, and nothing else."
	problemAuthorize   = "This is the address to open. Open it, sign in, and copy the address that the browser shows at the end."
	problemNoState     = "The address is not complete: it has no state. Copy the whole address."
	problemNoAddress   = "This is not an address. Copy the whole text of the browser's address bar."
)

// readReply reads the parameters of a return URL. An answer without the state of this sign-in is refused. Otherwise an attacker
// could make the operator sign in to the attacker's account.
func readReply(values url.Values, state string) reply {
	if len(values["code"]) > 1 || len(values["state"]) > 1 || len(values["error"]) > 1 {
		return reply{problem: problemTwoValues}
	}
	isOurs := subtle.ConstantTimeCompare([]byte(values.Get("state")), []byte(state)) == 1
	switch {
	case values.Get("code") == "" && values.Get("error") == "":
		return reply{problem: problemNoCode}
	case values.Get("state") == "":
		return reply{problem: problemNoState}
	case !isOurs:
		return reply{problem: problemOtherSignIn}
	case values.Get("error") != "":
		return reply{refused: readRefusal(values)}
	}
	return reply{code: values.Get("code"), scope: values.Get("scope")}
}

// readRefusal reads the error of a return URL.
func readRefusal(values url.Values) *SignInError {
	code, description := cleanText(values.Get("error"), nil), cleanText(values.Get("error_description"), nil)
	return &SignInError{
		Step: smapi.StepAuthorize, Code: code, Description: description,
		Remedy: smapi.SignInRemedy(smapi.StepAuthorize, code, description),
	}
}

// A pasteReader reads the pasted text of an address bar. A text with line breaks arrives in several lines.
type pasteReader struct {
	state string
	begun string // the lines of an address that is not complete
}

// read reads one line. The second result is false if the line is empty, and nothing is to say about it.
func (p *pasteReader) read(line string) (reply, bool) {
	line = keepAddress(line)
	if line == "" {
		return reply{}, false
	}
	got := p.readAddress(line)
	if p.begun == "" || got.problem == "" || strings.Contains(line, "://") || len(p.begun) > terminal.MaxLine {
		p.begun = line
		return got, true
	}
	p.begun += line
	return p.readAddress(p.begun), true
}

// keepAddress removes the characters that no address has, such as quotes around it.
func keepAddress(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune("\"'`<>“”„‘’«»", r) {
			return -1
		}
		return r
	}, text)
}

func (p *pasteReader) readAddress(address string) reply {
	_, query, found := strings.Cut(address, "?")
	if !found {
		query = address // without the part before it
	}
	query, _, _ = strings.Cut(query, "#")
	values, err := url.ParseQuery(strings.ReplaceAll(query, "&amp;", "&"))
	switch {
	case err != nil || !found && !strings.Contains(query, "="):
		return reply{problem: problemNoAddress}
	case values.Get("response_type") != "":
		return reply{problem: problemAuthorize}
	case values.Get("error") != "" && values.Get("state") == "":
		return reply{refused: readRefusal(values)} // the operator has chosen to paste it
	}
	return readReply(values, p.state)
}
