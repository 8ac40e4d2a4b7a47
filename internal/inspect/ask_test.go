package inspect_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/inspect"
)

// spoken begins a conversation, and gives its name.
func (d *desk) spoken(words string) (talk string) {
	d.t.Helper()
	answer := d.say(nil, url.Values{"skill": {"halfelf"}, "words": {words}})
	require.Equal(d.t, http.StatusSeeOther, answer.Code)
	return strings.TrimPrefix(answer.Header().Get("Location"), "/ask?talk=")
}

// What makes it another conversation: another device, another skill, or the wish for one.
func TestAConversationEndsWhereAnotherBegins(t *testing.T) {
	d := newDesk(t)
	talk := d.spoken("one")
	for claim, more := range map[string]url.Values{"a screen": {"screen": {"1"}}, "anew": {"anew": {"1"}}} {
		form := url.Values{"skill": {"halfelf"}, "talk": {talk}, "words": {"two"}}
		for key, values := range more {
			form[key] = values
		}
		require.NotContains(t, d.say(nil, form).Header().Get("Location"), talk, claim)
	}
	other := d.say(nil, url.Values{"skill": {"another"}, "talk": {talk}, "words": {"two"}})
	require.Equal(t, http.StatusBadGateway, other.Code)
	require.Contains(t, other.Body.String(), "no such skill")
}

func TestConversationsAreBounded(t *testing.T) {
	d := newDesk(t)
	first := d.spoken("one")
	for range 7 {
		d.spoken("x")
	}
	_, page := d.get("/ask?talk=" + first)
	require.Contains(t, page, "en-US: one", "eight are remembered")
	require.Contains(t, page, "Alexa listens. You say", "as the last answer asked something")
	for i := range 55 {
		d.say(nil, url.Values{"skill": {"halfelf"}, "talk": {first}, "words": {fmt.Sprint("word", i)}})
	}
	_, page = d.get("/ask?talk=" + first)
	require.Equal(t, 50, strings.Count(page, `<article class="turn`))
	require.Contains(t, page, "</span> word54</p>")
	require.Contains(t, page, "</span> word5</p>")
	require.NotContains(t, page, "</span> word4</p>", "the oldest turns are forgotten")
}

// What cannot be asked in a new conversation is said in it.
func TestAConversationThatBeginsWithAFault(t *testing.T) {
	failed := newDesk(t).say(nil, url.Values{"skill": {"halfelf"}, "words": {"fail"}})
	require.Equal(t, http.StatusBadGateway, failed.Code)
	require.Contains(t, failed.Body.String(), "it failed")
	require.NotContains(t, failed.Body.String(), "Alexa listens")
}

func TestAFormThatCannotBeRead(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "http://localhost:9090/ask", strings.NewReader("words=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusBadRequest, newDesk(t).do(r).Code)
}

// A link may choose the skill of a new conversation, and not that of one that is under way.
func TestTheSkillOfAConversation(t *testing.T) {
	d := newDesk(t)
	d.page.Status = func() inspect.ServiceStatus {
		return inspect.ServiceStatus{Skills: []inspect.SkillStatus{{Name: "halfelf"}, {Name: "another"}}}
	}
	talk := d.spoken("one")
	for path, want := range map[string]string{"/ask": "halfelf", "/ask?skill=another": "another", "/ask?skill=another&talk=" + talk: "halfelf"} {
		_, page := d.get(path)
		require.Contains(t, page, "<option selected>"+want+"</option>", path)
	}
}
