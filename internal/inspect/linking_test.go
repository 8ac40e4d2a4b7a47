package inspect_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/har"
	"lastpost/internal/inspect"
)

// fakeLinkSource has two invented traces.
type fakeLinkSource struct{}

func (fakeLinkSource) Setup() inspect.LinkSetup {
	return inspect.LinkSetup{AuthorizationURI: "https://skill.example.com/link/authorize", TokenURI: "https://skill.example.com/link/token", Record: "full", FullUntil: began}
}

func (fakeLinkSource) Traces(context.Context) ([]inspect.LinkTrace, error) {
	return []inspect.LinkTrace{{ID: "t1", Began: began, Outcome: "no token request", Findings: []inspect.LinkFinding{{Rule: "row 4"}}}, {ID: "t2", Began: began, Outcome: "linked"}}, nil
}

func (fakeLinkSource) Trace(_ context.Context, id string) (inspect.LinkTrace, bool, error) {
	return inspect.LinkTrace{ID: id, Began: began, Outcome: "no token request",
		Findings: []inspect.LinkFinding{{Rule: "no-token-request", Title: "no token request", Source: "row 4", Seen: "nothing came", Responsible: "network", Remedy: "Open port 443."}},
		Legs: []inspect.LinkLeg{{Name: "authorization", Note: "matched by its state", Began: began.Add(time.Hour), Method: "GET", URL: "/link/authorize?state=masked", Status: 302,
			RequestHeader: []har.Pair{{Name: "Accept", Value: "text/html"}}}},
	}, id == "t1", nil
}

func (fakeLinkSource) HAR(_ context.Context, id string) ([]byte, bool, error) {
	return []byte(`{"log":{}}`), id == "t1", nil
}

func TestLinkingPagesShowTraces(t *testing.T) {
	d := newPageFixture(t)
	d.page.Linking = func() inspect.LinkSource { return fakeLinkSource{} }
	for path, want := range map[string][]string{
		"/linking":        {"https://skill.example.com/link/token", "no token request", "1 finding", "no findings", "secrets are stored"},
		"/linking/t1":     {"row 4", "Seen: nothing came", "Responsible: network", "Remedy:</strong> Open port 443.", `<a class="code" href="/manual/account-linking#row-no-token-request">no-token-request</a>, row 4`, "state=masked", "matched by its state", "text/html", "10:26:53</time> · status 302"},
		"/linking/t1/har": {`{"log":{}}`},
	} {
		status, body := d.get(path)
		require.Equal(t, 200, status, path)
		for _, text := range want {
			require.Contains(t, body, text)
		}
	}
	for _, path := range []string{"/linking/t9", "/linking/t9/har"} {
		status, _ := d.get(path)
		require.Equal(t, 404, status)
	}
}

// brokenLinkSource returns errors.
type brokenLinkSource struct{ fakeLinkSource }

func (brokenLinkSource) Traces(context.Context) ([]inspect.LinkTrace, error) {
	return nil, errors.New("the disk is gone")
}

func (brokenLinkSource) Trace(context.Context, string) (inspect.LinkTrace, bool, error) {
	return inspect.LinkTrace{}, false, errors.New("the disk is gone")
}

func TestShowsLinkingErrors(t *testing.T) {
	d := newPageFixture(t)
	d.page.Linking = func() inspect.LinkSource { return brokenLinkSource{} }
	for _, path := range []string{"/linking", "/linking/t1"} {
		status, body := d.get(path)
		require.Equal(t, http.StatusInternalServerError, status, path)
		require.Contains(t, body, "the disk is gone")
		require.NotContains(t, body, "No attempts")
	}
}

// failedLinkSource has a failed request without a finding.
type failedLinkSource struct{ fakeLinkSource }

func (failedLinkSource) Traces(context.Context) ([]inspect.LinkTrace, error) {
	return []inspect.LinkTrace{
		{ID: "t1", Outcome: "token refused: 500", Failed: true}, {ID: "t2", Outcome: "unknown token: 400 invalid_grant", Failed: true, Stranger: true},
		{ID: "t3", Outcome: "authorization refused: access_denied", Failed: true, Findings: []inspect.LinkFinding{{Rule: "declined", NoFault: true}}},
	}, nil
}

func (failedLinkSource) Trace(_ context.Context, id string) (inspect.LinkTrace, bool, error) {
	return inspect.LinkTrace{ID: id, Outcome: "token refused: 400", Failed: true, Stranger: id == "t2", Legs: []inspect.LinkLeg{{Name: "token", Status: 400}}}, true, nil
}

func TestDoesNotCallAFailedLinkHealthy(t *testing.T) {
	d := newPageFixture(t)
	d.page.Linking = func() inspect.LinkSource { return failedLinkSource{} }
	for path, wants := range map[string][]string{
		"/linking/t1": {`<p class="note">The attempt failed. No rule explains this outcome.`},
		"/linking/t2": {"was not issued through this proxy"},
		"/linking": {`<span class="mark plain">failed: no rule explains it</span>`, `<span class="mark plain">failed: a client with an unknown token</span>`,
			`<span class="mark plain">not a fault</span>`},
	} {
		_, body := d.get(path)
		for _, want := range wants {
			require.Contains(t, body, want, path)
		}
		require.NotContains(t, body, "No problems found")
		require.NotContains(t, body, "mark answered", path)
		require.NotContains(t, body, "note good", path)
	}
}
