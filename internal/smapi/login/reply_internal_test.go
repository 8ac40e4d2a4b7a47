package login

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi"
	"lastpost/internal/terminal"
)

const (
	testState = "STATE234567STATE234567STATE"
	testURL   = "http://127.0.0.1:9090/cb"
)

func TestPastedLines(t *testing.T) {
	const query = "code=ANabc&scope=alexa%3A%3Aask%3Askills%3Areadwrite&state=" + testState
	accepted := reply{code: "ANabc", scope: "alexa::ask:skills:readwrite"}
	for _, tc := range []struct {
		name, lines string
		want        reply // of the last line
	}{
		{"address", testURL + "?" + query, accepted},
		{"address without its scheme", "127.0.0.1:9090/cb?" + query, accepted},
		{"query", "?" + query, accepted},
		{"parameters", query, accepted},
		{"other order", testURL + "?state=" + testState + "&code=ANabc", reply{code: "ANabc"}},
		{"fragment", testURL + "?" + query + "#_", accepted},
		{"spaces around", " \t " + testURL + "?" + query + "  ", accepted},
		{"spaces inside", testURL + "?code=AN abc&state= " + testState, reply{code: "ANabc"}},
		{"line end of Windows", testURL + "?" + query + "\r", accepted},
		{"quotes", `"` + testURL + "?" + query + `"`, accepted},
		{"single quotes", `'` + testURL + "?" + query + `'`, accepted},
		{"angle brackets", "<" + testURL + "?" + query + ">", accepted},
		{"typographic quotes", "“" + testURL + "?" + query + "”", accepted},
		{"invisible characters", "\u200b\ufeff" + testURL + "?" + query + "\u200e", accepted},
		{"bracketed paste", testURL + "?" + query + "\x1b", accepted},
		{"copied from HTML", testURL + "?" + strings.ReplaceAll(query, "&", "&amp;"), accepted},
		{"line break in the code", testURL + "?code=AN\nabc&state=" + testState, reply{code: "ANabc"}},
		{"line break in an escape", testURL + "?code=ANabc&scope=a%\n3Ab&state=" + testState, reply{code: "ANabc", scope: "a:b"}},
		{"line break in the state", testURL + "?code=ANabc&state=" + testState[:5] + "\n" + testState[5:], reply{code: "ANabc"}},
		{"line break in the host", "http://127.0.\n0.1:9090/cb?code=ANabc\n&state=" + testState, reply{code: "ANabc"}},
		{"empty lines", "\n\n" + testURL + "?code=AN\n \nabc&state=" + testState, reply{code: "ANabc"}},
		{"a second try", testURL + "?code=AN\n" + testURL + "?" + query, accepted},
		{"a second try without scheme", "what?\n127.0.0.1:9090/cb?" + query, accepted},
		{"another sign-in, then this one", testURL + "?code=x&state=y\n" + testURL + "?" + query, accepted},

		{"no code", testURL, reply{problem: problemNoAddress}},
		{"no parameters", testURL + "?", reply{problem: problemNoCode}},
		{"empty code", testURL + "?code=&state=" + testState, reply{problem: problemNoCode}},
		{"code alone", "ANabc", reply{problem: problemNoAddress}},
		{"no state", testURL + "?code=ANabc", reply{problem: problemNoState}},
		{"empty state", testURL + "?code=ANabc&state=", reply{problem: problemNoState}},
		{"other state", testURL + "?code=ANabc&state=x" + testState, reply{problem: problemOtherSignIn}},
		{"part of the state", testURL + "?code=ANabc&state=" + testState[:26], reply{problem: problemOtherSignIn}},
		{"state in lower case", testURL + "?code=ANabc&state=" + strings.ToLower(testState), reply{problem: problemOtherSignIn}},
		{"two codes", testURL + "?code=x&" + query, reply{problem: problemTwoValues}},
		{"two states", testURL + "?state=x&" + query, reply{problem: problemTwoValues}},
		{"two errors", testURL + "?error=x&error=y&state=" + testState, reply{problem: problemTwoValues}},
		{"error of another sign-in", testURL + "?error=access_denied&state=x", reply{problem: problemOtherSignIn}},
		{"broken escape", testURL + "?code=%zz&state=" + testState, reply{problem: problemNoAddress}},
		{"address of Amazon's page", DefaultAuthorizeURL + "?response_type=code&state=" + testState, reply{problem: problemAuthorize}},
		{"other text", "yes", reply{problem: problemNoAddress}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pasteReader{state: testState}
			var got reply
			for line := range strings.SplitSeq(tc.lines, "\n") {
				if read, ok := p.read(line); ok {
					got = read
				}
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestPastedRefusals(t *testing.T) {
	for _, query := range []string{"error=access_denied&state=" + testState, "error=access_denied", "error=access_denied&code=x"} {
		p := pasteReader{state: testState}
		got, ok := p.read(testURL + "?" + query)
		require.True(t, ok)
		require.NotNil(t, got.refused, query)
		require.Equal(t, "access_denied", got.refused.Code)
		require.Equal(t, smapi.StepAuthorize, got.refused.Step)
		require.Empty(t, got.code)
	}
}

func TestEmptyLineIsNoAnswer(t *testing.T) {
	p := pasteReader{state: testState}
	_, ok := p.read(" \"\" \r")
	require.False(t, ok)
}

func TestPasteWithoutEnd(t *testing.T) {
	p := pasteReader{state: testState}
	for range 100 {
		p.read(strings.Repeat("a", terminal.MaxLine))
		require.LessOrEqual(t, len(p.begun), 2*terminal.MaxLine)
	}
	got, ok := p.read(testURL + "?code=ANabc&state=" + testState)
	require.True(t, ok)
	require.Equal(t, reply{code: "ANabc"}, got)
}

// FuzzPastedLines requires that no text without the state is accepted, and that no text breaks the reader.
func FuzzPastedLines(f *testing.F) {
	f.Add(testURL + "?code=ANabc&state=" + testState)
	f.Add("code=a&state=b\n&amp;code=%41")
	f.Fuzz(func(t *testing.T, text string) {
		p := pasteReader{state: testState}
		for line := range strings.SplitSeq(text, "\n") {
			got, _ := p.read(line)
			if got.code != "" {
				if unescaped, err := url.QueryUnescape(keepAddress(text)); err == nil {
					require.Contains(t, unescaped, testState)
				}
				require.Empty(t, got.problem)
				require.Nil(t, got.refused)
			}
		}
	})
}

func TestCleanText(t *testing.T) {
	form := url.Values{"refresh_token": {"Atzr|one"}, "client_secret": {"two"}, "client_id": {"three"}, "grant_type": {"refresh_token"}}
	require.Equal(t, "the refresh_token of three is wrong: …", cleanText("the refresh_token of three is wrong: two", form))
	require.NotContains(t, cleanText("Atzr|one and Atza|other", form), "o")
	require.Equal(t, "a b", cleanText("\x1ba\nb\x07", nil))
	require.Equal(t, strings.Repeat("é", maxDescription)+"…", cleanText(strings.Repeat("é", maxDescription+1), nil))
}

// TestExpiryIgnoresTheClock requires the monotonic part of a time: a change of the machine's clock does not move it.
func TestExpiryIgnoresTheClock(t *testing.T) {
	c, err := newTokenClient(Options{})
	require.NoError(t, err)
	expires := c.now().Add(time.Hour)
	require.Contains(t, expires.String(), " m=+")
	require.Equal(t, DefaultTokenURL, c.url)
	require.Equal(t, requestTimeout, c.http.Timeout)
	require.NotNil(t, c.http.Transport)
	require.NoError(t, c.pause(t.Context(), time.Nanosecond))
}

func TestErrorText(t *testing.T) {
	err := &SignInError{
		Step: smapi.StepCode, Status: 400, Code: "invalid_grant", Description: "no", RequestID: "r", Origin: "From x", Remedy: "Do y.",
	}
	require.EqualError(t, err, "exchange Amazon's code for tokens: Amazon answered invalid_grant (no) [request r]. From x. Do y")
	require.EqualError(t, &SignInError{Step: smapi.StepAuthorize, Code: "access_denied", Remedy: "Do y"},
		"sign in at Amazon's page: Amazon answered access_denied. Do y")
	require.False(t, errors.Is(err, ErrNotSignedIn))
}

func TestTypedClient(t *testing.T) {
	for id, want := range map[string]string{
		clientIDPrefix + "0123": "", "": "Copy the client ID", "two words": "Copy the client ID", "na\u00efve": "Copy the client ID",
		profileIDPrefix + "0123": "This is the id of the security profile",
	} {
		require.Equal(t, want == "", checkClientID(id) == "", id)
		require.Contains(t, checkClientID(id), want)
	}
	for secret, want := range map[string]string{
		"amzn1.oa2-cs.v1.0123": "", "": "Copy the client secret", "two words": "Copy the client secret",
		profileIDPrefix + "0123": "This is an id", clientIDPrefix + "0123": "This is an id",
	} {
		require.Equal(t, want == "", checkClientSecret(secret) == "", secret)
		require.Contains(t, checkClientSecret(secret), want)
	}
}
