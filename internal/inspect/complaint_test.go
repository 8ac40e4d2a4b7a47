package inspect_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/inspect"
)

// complaint is Amazon's, about the answer to the request that it names, or to the last one of the session.
func complaint(kind, cause string) inspect.ObservedExchange {
	x := exchange("complaint")
	x.Request = alexa.Request{
		Type: kind, RequestID: "complaint", Cause: alexa.Cause{RequestID: cause},
		Error: alexa.Error{Type: "INVALID_RESPONSE", Message: "of amzn1.ask.account.LISTENER"},
	}
	return x
}

// refused is an exchange that broke a rule.
func refused(x inspect.ObservedExchange, rule string) inspect.ObservedExchange {
	x.Status, x.Rule = 400, rule
	return x
}

func TestAComplaintIsJoined(t *testing.T) {
	for _, row := range []struct {
		claim string
		last  inspect.ObservedExchange
		about uint64
	}{
		{"to the request that it names", complaint("System.ExceptionEncountered", "r1"), 1},
		{"to the session's last answer", complaint("SessionEndedRequest", ""), 2},
		{"to none that is not there", complaint("System.ExceptionEncountered", "r9"), 0},
		{"an episode's failure is no answer's", complaint("AudioPlayer.PlaybackFailed", ""), 0},
		{"one that is played again is no answer's", refused(complaint("System.ExceptionEncountered", "r1"), "timestamp"), 0},
		{"one about another skill is no answer's", refused(complaint("SessionEndedRequest", ""), "application-id"), 0},
	} {
		t.Run(row.claim, func(t *testing.T) {
			r := &inspect.Recorder{}
			observed(t, r, exchange("r1"), exchange("r2"), row.last)
			records := r.Records()
			require.Equal(t, row.about, records[0].About)
			for _, record := range records[1:] {
				require.Equal(t, record.ID == row.about, len(record.Complaints) == 1, record.ID)
			}
			require.NotContains(t, records[0].Grievance.Message, "LISTENER")
		})
	}
}

// A second complaint of a session is about the same answer, and not about the first one.
func TestComplaintsAreOfAnswers(t *testing.T) {
	r := &inspect.Recorder{}
	observed(t, r, exchange("r1"), complaint("SessionEndedRequest", ""), complaint("SessionEndedRequest", ""))
	records := r.Records()
	require.Len(t, records[2].Complaints, 2)
	require.Empty(t, records[1].Complaints)
	require.Equal(t, uint64(2), records[2].Complaints[0].By)
}

// What is kept with an answer is bounded, however much is said about it.
func TestComplaintsAreBounded(t *testing.T) {
	long := complaint("System.ExceptionEncountered", "r1")
	long.Request.Error.Message = strings.Repeat("so bad ", 5000)
	many := []inspect.ObservedExchange{exchange("r1")}
	for range 20 {
		many = append(many, long)
	}
	r := &inspect.Recorder{}
	observed(t, r, many...)
	records := r.Records()
	about := records[len(records)-1]
	require.Len(t, about.Complaints, 5)
	require.Less(t, len(about.Complaints[0].Message), 1100)
}
