data "aws_cognito_user_pool" "people" {
  user_pool_id = aws_cognito_user_pool.people.id
}

data "aws_cognito_user_pools" "staff" {
  name       = "staff"
  depends_on = [aws_cognito_user_pool.staff]
}

data "aws_cognito_user_pool_client" "web" {
  user_pool_id = aws_cognito_user_pool.people.id
  client_id    = aws_cognito_user_pool_client.web.id
}

data "aws_cognito_user_pool_clients" "plain" {
  user_pool_id = aws_cognito_user_pool.plain.id
  depends_on   = [aws_cognito_user_pool_client.plain]
}

data "aws_cognito_user_group" "editors" {
  user_pool_id = aws_cognito_user_pool.people.id
  name         = aws_cognito_user_group.editors.name
}

data "aws_cognito_user_groups" "people" {
  user_pool_id = aws_cognito_user_pool.people.id
  depends_on   = [aws_cognito_user_group.editors, aws_cognito_user_group.readers]
}

data "aws_cognito_user_pool_signing_certificate" "people" {
  user_pool_id = aws_cognito_user_pool.people.id
}

output "found" {
  value = {
    threats   = data.aws_cognito_user_pool.people.user_pool_add_ons[0].advanced_security_mode
    tags      = data.aws_cognito_user_pool.people.tags
    schema    = [for each in data.aws_cognito_user_pool.people.schema_attributes : each.name if startswith(each.name, "custom:")]
    staff     = one(data.aws_cognito_user_pools.staff.ids) == aws_cognito_user_pool.staff.id
    callbacks = data.aws_cognito_user_pool_client.web.callback_urls
    clients   = data.aws_cognito_user_pool_clients.plain.client_names
    editors   = data.aws_cognito_user_group.editors.description
    groups    = [for group in data.aws_cognito_user_groups.people.groups : group.group_name]
    signs     = length(data.aws_cognito_user_pool_signing_certificate.people.certificate) > 0
  }
}
