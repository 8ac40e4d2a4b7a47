package har_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/har"
)

func TestWriteLog(t *testing.T) {
	noon := time.Date(2026, 3, 3, 12, 0, 0, 0, time.FixedZone("PST", -8*3600))
	entry := func(began time.Time, address string) har.Entry {
		return har.Entry{
			Started: har.FormatTime(began), Time: har.Milliseconds(1500 * time.Microsecond),
			Request:  har.NewRequest("GET", address, "HTTP/1.1", []har.Pair{}, 0),
			Response: har.NewResponse(404, "HTTP/1.1", []har.Pair{}, har.Content{}),
		}
	}
	for _, row := range []struct {
		claim string
		log   har.Log
		want  string
	}{
		{"an empty archive has a list of entries", har.Log{}, `{"log":{"version":"1.2","creator":{"name":"","version":""},"entries":[]}}`},
		{"empty members are present, and times are in UTC", har.Log{Entries: []har.Entry{entry(noon, "https://a.example/")}}, `{"log":{"version":"1.2",
			"creator":{"name":"","version":""},"entries":[{"startedDateTime":"2026-03-03T20:00:00.000Z","time":1.5,"cache":{},
			"request":{"method":"GET","url":"https://a.example/","httpVersion":"HTTP/1.1","cookies":[],"headers":[],"queryString":[],"headersSize":-1,"bodySize":0},
			"response":{"status":404,"statusText":"Not Found","httpVersion":"HTTP/1.1","cookies":[],"headers":[],"content":{"size":0,"mimeType":""},"redirectURL":"","headersSize":-1,"bodySize":0},
			"timings":{"blocked":0,"dns":0,"connect":0,"ssl":0,"send":0,"wait":0,"receive":0}}]}}`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, har.WriteLog(&out, row.log))
			require.JSONEq(t, row.want, out.String())
		})
	}
	var out bytes.Buffer
	require.NoError(t, har.WriteLog(&out, har.Log{Entries: []har.Entry{entry(noon.Add(time.Second), "https://later.example/"), entry(noon, "https://a.example/?x=<&y")}}))
	require.Less(t, bytes.Index(out.Bytes(), []byte("a.example")), bytes.Index(out.Bytes(), []byte("later.example")), "sorted by time")
	require.Contains(t, out.String(), "?x=<&y", "characters in addresses are not escaped")
}

func TestKeepsOrderOfQueryParameters(t *testing.T) {
	for address, want := range map[string][]har.Pair{
		"https://a.example/":               {},
		"https://a.example/?b=2&a=1&b=%41": {{Name: "b", Value: "2"}, {Name: "a", Value: "1"}, {Name: "b", Value: "A"}},
		"https://a.example/?a=%zz&b":       {{Name: "a", Value: "%zz"}, {Name: "b"}},
		"\x00":                             {},
	} {
		require.Equal(t, want, har.NewRequest("GET", address, "", nil, 0).Query, address)
	}
}
