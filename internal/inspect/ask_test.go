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

// startConversation sends the form without a conversation ID. It returns the ID of the conversation that this starts.
func (d *pageFixture) startConversation(words string) (id string) {
	d.t.Helper()
	answer := d.submitForm(nil, url.Values{"skill": {"halfelf"}, "words": {words}})
	require.Equal(d.t, http.StatusSeeOther, answer.Code)
	return strings.TrimPrefix(answer.Header().Get("Location"), "/ask?conversation=")
}

func TestOtherDeviceStartsNewConversation(t *testing.T) {
	d := newPageFixture(t)
	id := d.startConversation("one")
	for claim, more := range map[string]url.Values{"a screen": {"screen": {"1"}}} {
		form := url.Values{"skill": {"halfelf"}, "conversation": {id}, "words": {"two"}}
		for key, values := range more {
			form[key] = values
		}
		require.NotContains(t, d.submitForm(nil, form).Header().Get("Location"), id, claim)
	}
	other := d.submitForm(nil, url.Values{"skill": {"another"}, "conversation": {id}, "words": {"two"}})
	require.Equal(t, http.StatusBadGateway, other.Code)
	require.Contains(t, other.Body.String(), "unknown skill")
}

func TestLimitsConversations(t *testing.T) {
	d := newPageFixture(t)
	first := d.startConversation("one")
	for range 7 {
		d.startConversation("x")
	}
	_, page := d.get("/ask?conversation=" + first)
	require.Contains(t, page, "en-US: one", "the page stores eight conversations")
	require.Contains(t, page, "Alexa is listening. You say")
	for i := range 55 {
		d.submitForm(nil, url.Values{"skill": {"halfelf"}, "conversation": {first}, "words": {fmt.Sprint("word", i)}})
	}
	_, page = d.get("/ask?conversation=" + first)
	require.Equal(t, 50, strings.Count(page, `<article class="turn`))
	require.Contains(t, page, "</span> word54</p>")
	require.Contains(t, page, "</span> word5</p>")
	require.NotContains(t, page, "</span> word4</p>", "the oldest turns are deleted")
}

func TestShowsErrorOfFirstUtterance(t *testing.T) {
	failed := newPageFixture(t).submitForm(nil, url.Values{"skill": {"halfelf"}, "words": {"fail"}})
	require.Equal(t, http.StatusBadGateway, failed.Code)
	require.Contains(t, failed.Body.String(), "no connection")
	require.NotContains(t, failed.Body.String(), "Alexa is listening")
}

func TestRefusesInvalidFormData(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "http://localhost:9090/ask", strings.NewReader("words=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusBadRequest, newPageFixture(t).do(r).Code)
}

// A link may select the skill of a new conversation, but not of an existing one.
func TestLinkSelectsSkillOfNewConversation(t *testing.T) {
	d := newPageFixture(t)
	d.page.Status = func() inspect.ServiceStatus {
		return inspect.ServiceStatus{Skills: []inspect.SkillStatus{{Name: "halfelf"}, {Name: "another"}}}
	}
	id := d.startConversation("one")
	for path, want := range map[string]string{"/ask": "halfelf", "/ask?skill=another": "another", "/ask?skill=another&conversation=" + id: "halfelf"} {
		_, page := d.get(path)
		require.Contains(t, page, "<option selected>"+want+"</option>", path)
	}
}
