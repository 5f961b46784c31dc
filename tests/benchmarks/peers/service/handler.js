// The echo behind serverless-offline. One who asks "who" is told the name of the connection.
export async function echo({ body, requestContext }) {
  return { statusCode: 200, body: body === "who" ? requestContext.connectionId : body };
}
