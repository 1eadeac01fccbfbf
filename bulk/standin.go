package bulk

import "context"

func (e *FileError) Error() string { return e.Step }

func (e *Error) Error() string { return e.Op }

func (t *transfer) run(ctx context.Context) (Result, error) { return Result{}, nil }

func (t *transfer) runInTransaction(ctx context.Context) (Result, error) { return Result{}, nil }
