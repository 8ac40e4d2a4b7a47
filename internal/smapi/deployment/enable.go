package deployment

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"lastpost/internal/smapi"
)

// enable enables the development stage for the operator's own devices, unless it is enabled.
func (r *run) enable(ctx context.Context) error {
	id := r.state.SkillID
	enabled, err := r.client.IsEnabled(ctx, id)
	if enabled || err != nil {
		return err
	}
	r.progress("enabling the skill for your own devices")
	asked := false
	err = r.poll(ctx, r.timing.Now(), r.timing.Import, func() (bool, error) {
		if !asked {
			err := r.client.Enable(ctx, id)
			if smapi.Status(err) == http.StatusConflict {
				r.progress("Amazon is changing the skill: waiting")
				return false, nil
			}
			if err != nil {
				return false, err
			}
			asked = true
		}
		return r.client.IsEnabled(ctx, id)
	})
	if errors.Is(err, ErrTimeout) {
		return fmt.Errorf("enable the skill %s: %w. Run the command again", id, err)
	}
	r.result.Enabled = err == nil
	return err
}
