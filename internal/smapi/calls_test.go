package smapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSkillsReadsAllPages(t *testing.T) {
	s := newScript(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n < 2 {
			answerJSON(w, 200, fmt.Sprintf(`{"skills":[{"skillId":"id-%d","stage":"development","publicationStatus":"DEVELOPMENT",`+
				`"lastUpdated":"2026-10-01T10:00:00.000Z","nameByLocale":{"en-US":"Half Elf"},"apis":["custom"]}],`+
				`"isTruncated":true,"nextToken":"page %d&x"}`, n, n+1))
			return
		}
		answerJSON(w, 200, `{"skills":[{"skillId":"id-2","lastUpdated":"yesterday"}],"isTruncated":false}`)
	})
	skills, err := newTestClient(t, s.URL, nil).Skills(t.Context(), "M2&VENDOR")
	require.NoError(t, err)
	first := ListedSkill{"id-0", "development", "DEVELOPMENT", time.Date(2026, 10, 1, 10, 0, 0, 0, time.UTC), map[string]string{"en-US": "Half Elf"}}
	second := first
	second.ID = "id-1"
	require.Equal(t, []ListedSkill{first, second, {ID: "id-2"}}, skills)
	for i, uri := range []string{
		"/v1/skills?maxResults=50&vendorId=M2%26VENDOR",
		"/v1/skills?maxResults=50&nextToken=page+1%26x&vendorId=M2%26VENDOR",
		"/v1/skills?maxResults=50&nextToken=page+2%26x&vendorId=M2%26VENDOR",
	} {
		require.Equal(t, uri, s.requests()[i].uri)
	}
}

func TestSkillsEndsWithCirclesOfPages(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, `{"skills":[],"isTruncated":true}`)
	})
	_, err := newTestClient(t, s.URL, nil).Skills(t.Context(), vendorID)
	require.NoError(t, err)
	require.Len(t, s.requests(), 1)
	for name, token := range map[string]func(n int) string{
		"the same token":   func(int) string { return "next" },
		"always new token": func(n int) string { return fmt.Sprint("next", n) },
	} {
		s := newScript(t, func(n int, w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, `{"skills":[],"isTruncated":true,"nextToken":"`+token(n)+`"}`)
		})
		_, err := newTestClient(t, s.URL, nil).Skills(t.Context(), vendorID)
		require.Error(t, err, name)
		require.Len(t, s.requests(), map[string]int{"the same token": 2, "always new token": maxPages}[name])
	}
}

func TestVendorsOfUnregisteredAccount(t *testing.T) {
	for _, answer := range []string{`{"vendors":[]}`, `{}`, `{"vendors":null}`} {
		s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, answer) })
		_, err := newTestClient(t, s.URL, nil).Vendors(t.Context())
		require.ErrorContains(t, err, remedyNoVendor)
		require.ErrorContains(t, err, "request-1")
	}
}

func TestImportState(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, `{"status":"FAILED","skill":{"skillId":"`+skillID+`","eTag":"e1","resources":[
			{"name":"Manifest","action":"UPDATE","status":"ROLLBACK_IN_PROGRESS","warnings":[{"message":"careful"}]},
			{"name":"InteractionModel.en-US","action":"CREATE","status":"FAILED","errors":[{"code":"C","message":"M",
			 "validationDetails":{"originalInstance":{"propertyPath":"$.a"},"reason":{"type":"RESOURCE_LOCKED"}}}]}]},
			"errors":[{"message":"E","validationDetails":{"agreementType":"EXPORT_COMPLIANCE"}},"text",7],
			"warnings":[{"message":"W","validationDetails":{"originalInstance":{"propertyPath":"$.b"},"requiredProperty":"name"}}]}`)
	})
	state, err := newTestClient(t, s.URL, nil).Import(t.Context(), importID)
	require.NoError(t, err)
	require.Equal(t, Import{
		Status: "FAILED", SkillID: skillID, ETag: "e1",
		Resources: []Resource{
			{Name: "Manifest", Action: "UPDATE", Status: "ROLLBACK_IN_PROGRESS", Warnings: []Problem{{Resource: "Manifest", Message: "careful"}}},
			{Name: "InteractionModel.en-US", Action: "CREATE", Status: "FAILED",
				Errors: []Problem{{"InteractionModel.en-US", "C", "M", "$.a", "RESOURCE_LOCKED"}}},
		},
		Errors:   []Problem{{Message: "E", Reason: "EXPORT_COMPLIANCE"}, {Message: "text"}, {}},
		Warnings: []Problem{{Message: "W", Path: "$.b.name"}},
	}, state)
	require.Equal(t, "GET /v1/skills/imports/"+importID, s.requests()[0].method+" "+s.requests()[0].uri)
}

func TestStatesOfAnImport(t *testing.T) {
	for status, want := range map[string]string{
		"IN_PROGRESS": "running", "ROLLBACK_IN_PROGRESS": "running", "SOMETHING_NEW_IN_PROGRESS": "running",
		"SUCCEEDED": "succeeded", "FAILED": "failed", "ROLLBACK_SUCCEEDED": "failed", "ROLLBACK_FAILED": "failed", "SKIPPED": "failed",
	} {
		i := Import{Status: status}
		require.Equal(t, want == "running", i.Running(), status)
		require.Equal(t, want == "succeeded", i.Succeeded(), status)
		require.Equal(t, want == "failed", i.Failed(), status)
	}
}

func TestImportWithoutStatus(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, `{"x":1}`) })
	_, err := newTestClient(t, s.URL, nil).Import(t.Context(), importID)
	require.ErrorContains(t, err, "unexpected form")
}

func TestAnswerOfAnotherType(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, `{"vendors":"none"}`) })
	_, err := newTestClient(t, s.URL, nil).Vendors(t.Context())
	require.ErrorContains(t, err, "unexpected form")
	require.Len(t, s.requests(), 1)
}

func TestSkillState(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, `{"manifest":{"eTag":"m","lastUpdateRequest":{"status":"SUCCEEDED","errors":[],"warnings":[{"message":"W"}]}},
			"interactionModel":{"en-US":{"eTag":"x","version":"2","lastUpdateRequest":{"status":"IN_PROGRESS","errors":[{"message":"E"}],
			"buildDetails":{"steps":[{"name":"LANGUAGE_MODEL_QUICK_BUILD","status":"FAILED","errors":[{"message":"S"}]}]}}}}}`)
	})
	status, err := newTestClient(t, s.URL, nil).Status(t.Context(), skillID)
	require.NoError(t, err)
	const model = "InteractionModel.en-US"
	require.Equal(t, BuildStatus{
		Manifest: PartStatus{Status: "SUCCEEDED", ETag: "m", Warnings: []Problem{{Resource: "Manifest", Message: "W"}}},
		Models: map[string]PartStatus{"en-US": {
			Status: "IN_PROGRESS", ETag: "x", Errors: []Problem{{Resource: model, Message: "E"}},
			Steps: []BuildStep{{"LANGUAGE_MODEL_QUICK_BUILD", "FAILED", []Problem{{Resource: model, Message: "S"}}}},
		}},
	}, status)
	require.True(t, status.Models["en-US"].Running())
	require.Equal(t, "/v1/skills/"+skillID+"/status?resource=manifest&resource=interactionModel", s.requests()[0].uri)
}

func TestEnablement(t *testing.T) {
	enabled := false
	s := newScript(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPut:
			enabled = true
			w.WriteHeader(http.StatusNoContent)
		case enabled:
			w.WriteHeader(http.StatusNoContent)
		default:
			answerJSON(w, 404, `{"message":"not enabled"}`)
		}
	})
	c := newTestClient(t, s.URL, nil)
	before, err := c.IsEnabled(t.Context(), skillID)
	require.NoError(t, err)
	require.False(t, before)
	require.NoError(t, c.Enable(t.Context(), skillID))
	after, err := c.IsEnabled(t.Context(), skillID)
	require.NoError(t, err)
	require.True(t, after)
	for i, method := range []string{"GET", "PUT", "GET"} {
		require.Equal(t, method+" /v1/skills/"+skillID+"/stages/development/enablement", s.requests()[i].method+" "+s.requests()[i].uri)
		require.Empty(t, s.requests()[i].body)
		require.False(t, s.requests()[i].chunked)
	}
}

func TestEnablementPageOfAProxyIsNotAnAnswer(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("no such host"))
	})
	_, err := newTestClient(t, s.URL, nil).IsEnabled(t.Context(), skillID)
	require.ErrorContains(t, err, "HTML page")
}

func TestDocuments(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", "etag-of-"+r.Method)
		if r.Method == http.MethodGet {
			answerJSON(w, 200, `{"b":1, "a":2}`)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	c := newTestClient(t, s.URL, nil)
	base := "/v1/skills/" + skillID + "/stages/development/"
	want := StoredDocument{[]byte(`{"b":1, "a":2}`), "etag-of-GET"}
	manifest, err := c.Manifest(t.Context(), skillID)
	require.NoError(t, err)
	require.Equal(t, want, manifest)
	model, err := c.Model(t.Context(), skillID, "en-US")
	require.NoError(t, err)
	require.Equal(t, want, model)
	etag, err := c.ModelETag(t.Context(), skillID, "en-US")
	require.NoError(t, err)
	require.Equal(t, "etag-of-HEAD", etag)
	linking, err := c.AccountLinking(t.Context(), skillID)
	require.NoError(t, err)
	require.Equal(t, want, linking)
	etag, err = c.SetAccountLinking(t.Context(), skillID, []byte(`{"clientSecret":"s3cret"}`), "old")
	require.NoError(t, err)
	require.Equal(t, "etag-of-PUT", etag)
	require.NoError(t, c.SetManifest(t.Context(), skillID, []byte(`{"manifest":{"x":1}}`), "m1"))
	require.NoError(t, c.SetCertificate(t.Context(), skillID, "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"))

	for i, row := range []struct{ request, ifMatch, body string }{
		{"GET " + base + "manifest", "", ""},
		{"GET " + base + "interactionModel/locales/en-US", "", ""},
		{"HEAD " + base + "interactionModel/locales/en-US", "", ""},
		{"GET " + base + "accountLinkingClient", "", ""},
		{"PUT " + base + "accountLinkingClient", "old", `{"accountLinkingRequest":{"clientSecret":"s3cret"}}`},
		{"PUT " + base + "manifest", "m1", `{"manifest":{"x":1}}`},
		{"PUT /v1/skills/" + skillID + "/sslCertificateSets/~latest", "",
			`{"sslCertificate":"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"}`},
	} {
		r := s.requests()[i]
		require.Equal(t, row.request, r.method+" "+r.uri)
		require.Equal(t, row.ifMatch, r.header.Get("If-Match"), row.request)
		require.Equal(t, row.body, r.body)
		require.Equal(t, "Bearer "+firstToken, r.header.Get("Authorization"))
		require.Equal(t, "test/1", r.header.Get("User-Agent"))
		require.False(t, r.chunked)
		if row.body != "" {
			require.Equal(t, "application/json", r.header.Get("Content-Type"))
		}
	}
}

func TestRefusesBadArguments(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, `{}`) })
	c := newTestClient(t, s.URL, nil)
	require.ErrorContains(t, c.SetManifest(t.Context(), skillID, []byte(`{"publishingInformation":{}}`), ""), `member "manifest"`)
	require.ErrorContains(t, c.SetManifest(t.Context(), skillID, []byte(`{`), ""), `member "manifest"`)
	_, err := c.SetAccountLinking(t.Context(), skillID, []byte(`{"clientSecret":"S3CRETVALUE"`), "")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "S3CRETVALUE")
	_, err = c.Invoke(t.Context(), skillID, []byte(`{`))
	require.Error(t, err)
	require.ErrorContains(t, c.SetCertificate(t.Context(), skillID, "-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----"), "private key")
	for _, id := range []string{"", "..", ".", "a/b", "a?b", "a#b", "../v1", "a b", "%2e%2e", "a\nb"} {
		require.Error(t, c.Enable(t.Context(), id), "%q", id)
		_, err := c.Import(t.Context(), id)
		require.Error(t, err, "%q", id)
		_, err = c.Model(t.Context(), skillID, id)
		require.Error(t, err, "%q", id)
	}
	require.Empty(t, s.requests())
}

func TestSimulation(t *testing.T) {
	s := newScript(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 0 {
			answerJSON(w, 200, `{"id":"sim-1","status":"IN_PROGRESS","result":null}`)
			return
		}
		answerJSON(w, 200, `{"id":"sim-1","status":"SUCCESSFUL","result":{"skillExecutionInfo":{"invocations":[
			{"invocationRequest":{"endpoint":"https://skill.example/","body":{"a":1}},"invocationResponse":{"body":{"b":2}},
			 "metrics":{"skillExecutionTimeInMilliseconds":123}}]},
			"alexaExecutionInfo":{"alexaResponses":[{"type":"Speech","content":{"caption":"Welcome"}},{"type":"Other"}],
			 "consideredIntents":[{"name":"AMAZON.HelpIntent"}]},"error":null}}`)
	})
	c := newTestClient(t, s.URL, nil)
	id, err := c.Simulate(t.Context(), skillID, "en-US", `open "half" elf`)
	require.NoError(t, err)
	require.Equal(t, "sim-1", id)
	simulation, err := c.Simulation(t.Context(), skillID, id)
	require.NoError(t, err)
	require.Equal(t, Simulation{
		ID: "sim-1", Status: "SUCCESSFUL", Speech: []string{"Welcome"}, Intents: []string{"AMAZON.HelpIntent"},
		Calls: []SkillCall{{"https://skill.example/", []byte(`{"a":1}`), []byte(`{"b":2}`), 123 * time.Millisecond}},
	}, simulation)
	require.True(t, simulation.Succeeded())
	require.False(t, simulation.Running())
	path := "/v2/skills/" + skillID + "/stages/development/simulations"
	require.Equal(t, path, s.requests()[0].uri)
	require.Equal(t, path+"/sim-1", s.requests()[1].uri)
	require.JSONEq(t, `{"input":{"content":"open \"half\" elf"},"device":{"locale":"en-US"},"session":{"mode":"FORCE_NEW_SESSION"}}`,
		s.requests()[0].body)
}

func TestFailedSimulation(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, `{"id":"1","status":"FAILED","result":{"error":{"message":"An unexpected error occurred."}}}`)
	})
	simulation, err := newTestClient(t, s.URL, nil).Simulation(t.Context(), skillID, "1")
	require.NoError(t, err)
	require.False(t, simulation.Succeeded())
	require.False(t, simulation.Running())
	require.Contains(t, Remedy(simulation.Problem), "does not prove a fault")
}

func TestInvocation(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, `{"status":"SUCCESSFUL","result":{"skillExecutionInfo":{"invocationRequest":{"endpoint":"https://skill.example/"},
			"invocationResponse":{"body":{"version":"1.0"}},"metrics":{"skillExecutionTimeInMilliseconds":1e300}},"error":null}}`)
	})
	invocation, err := newTestClient(t, s.URL, nil).Invoke(t.Context(), skillID, []byte(`{"request":{"type":"LaunchRequest"}}`))
	require.NoError(t, err)
	require.True(t, invocation.Succeeded())
	require.Equal(t, "https://skill.example/", invocation.Call.Endpoint)
	require.JSONEq(t, `{"version":"1.0"}`, string(invocation.Call.Response))
	require.Less(t, invocation.Call.Duration, time.Hour)
	require.JSONEq(t, `{"endpointRegion":"default","skillRequest":{"body":{"request":{"type":"LaunchRequest"}}}}`, s.requests()[0].body)
	require.True(t, strings.HasPrefix(s.requests()[0].uri, "/v2/skills/"))
}

func TestCheckBaseURL(t *testing.T) {
	for value, want := range map[string]string{
		"https://api.amazonalexa.com":       "https://api.amazonalexa.com",
		"https://api.amazonalexa.com/":      "https://api.amazonalexa.com",
		"https://api.amazonalexa.com:8443":  "https://api.amazonalexa.com:8443",
		"http://127.0.0.1:8080":             "http://127.0.0.1:8080",
		"http://localhost:8080/":            "http://localhost:8080",
		"http://[::1]:8080":                 "http://[::1]:8080",
		"http://api.amazonalexa.com":        "",
		"http://192.168.1.2":                "",
		"http://0.0.0.0:1":                  "",
		"http://localhost.example":          "",
		"https://ada:S3CRET@amazon.example": "",
		"https://amazon.example/path":       "",
		"https://amazon.example?x=S3CRET":   "",
		"https://amazon.example?":           "",
		"https://amazon.example#S3CRET":     "",
		"https://amazon.example/#":          "",
		"https://":                          "",
		"https://:443":                      "",
		"ftp://amazon.example":              "",
		"amazon.example":                    "",
		"https://S3CRET%zz@amazon.example":  "",
		"":                                  "",
	} {
		u, err := CheckBaseURL("SKILL_SMAPI_URL", value)
		if want == "" {
			require.ErrorContains(t, err, "SKILL_SMAPI_URL", value)
			require.NotContains(t, err.Error(), "S3CRET")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, u.String())
	}
}

func TestNewNeedsItsParts(t *testing.T) {
	_, err := New(Options{})
	require.ErrorContains(t, err, "access tokens")
	_, err = New(Options{Tokens: &testTokens{}, BaseURL: "http://amazon.example"})
	require.ErrorContains(t, err, "without encryption")
	c, err := New(Options{Tokens: &testTokens{}})
	require.NoError(t, err)
	require.Equal(t, DefaultURL, c.base.String())
}

// TestIDsOfOddFormAreRefused has ids that are no ids. They would be printed, stored, and written into the configuration.
func TestIDsOfOddFormAreRefused(t *testing.T) {
	for _, id := range []string{`\u001b[31m`, `amzn1.ask.skill/../x`, `a b`, ``} {
		s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, `{"status":"IN_PROGRESS","skill":{"skillId":"`+id+`"},"skills":[{"skillId":"`+id+`"}],"vendors":[{"id":"`+id+`"}]}`)
		})
		c := newTestClient(t, s.URL, nil)
		if id != "" { // an import does not have the id at first
			_, err := c.Import(t.Context(), "i1")
			require.ErrorContains(t, err, "unexpected form")
		}
		_, err := c.Skills(t.Context(), "v1")
		require.ErrorContains(t, err, "unexpected form")
		_, err = c.Vendors(t.Context())
		require.ErrorContains(t, err, "unexpected form")
	}
}
