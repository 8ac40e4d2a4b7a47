package login

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/freeport"
)

// TestCallbackTakesOneAnswer sends several answers before the command reads the first one.
func TestCallbackTakesOneAnswer(t *testing.T) {
	c, err := startCallback(t.Context(), freeport.Port(t), testState)
	require.NoError(t, err)
	defer c.close()
	get := func(query string) int {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, returnPath+"?"+query, nil)
		request.Host = c.host
		c.ServeHTTP(recorder, request)
		return recorder.Code
	}
	require.Equal(t, http.StatusOK, get("code=first&state="+testState))
	require.Equal(t, http.StatusConflict, get("code=second&state="+testState))
	require.Equal(t, http.StatusConflict, get("error=access_denied&state="+testState))
	for range 3 { // the command does not read the problems either
		require.Equal(t, http.StatusBadRequest, get("code=third&state=other"))
	}
	require.Equal(t, reply{code: "first"}, <-c.replies)
	require.Equal(t, problemOtherSignIn, <-c.problems)
	require.Empty(t, c.replies)
	require.Empty(t, c.problems)
}
