package terminal

// GetState is the request that reads the state of a terminal.
const GetState = getState
