"""The Lambda functions: AWS events in, AWS responses out.

They know the shapes of Lambda and API Gateway, and no SQL, no SDK and no prompt. Each module has
`handle(app, event, context)`, which `local/` awaits, and `handler(event, context)` for Lambda.
"""
