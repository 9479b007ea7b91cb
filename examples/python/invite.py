"""Invites people to an Amazon Cognito user pool and puts them into a group.

    COGNITO_USER_POOL_ID=… python3 invite.py crew < people.csv

Each line of the input is a user name, a comma and an e-mail address. Who is there already is left as they are. At the
end the members of the group are printed with their status.
"""

import csv
import os
import sys

import boto3

group = sys.argv[1]
pool = os.environ["COGNITO_USER_POOL_ID"]
cognito = boto3.client("cognito-idp", region_name=pool.split("_")[0])

try:
    cognito.create_group(UserPoolId=pool, GroupName=group)
except cognito.exceptions.GroupExistsException:
    pass

for name, email in csv.reader(sys.stdin):
    try:
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=name,
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
            DesiredDeliveryMediums=["EMAIL"],
        )
    except cognito.exceptions.UsernameExistsException:
        print(f"{name} is there already", file=sys.stderr)
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)

for page in cognito.get_paginator("list_users_in_group").paginate(UserPoolId=pool, GroupName=group):
    for user in page["Users"]:
        print(user["Username"], user["UserStatus"])
